package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// jsonBody reads a body of one of these types. If ok is false the request has been
// answered. The type has to be said: a form of another site's page cannot say it.
func (h *handler) jsonBody(x *exchange, types ...string) (body []byte, ok bool, err error) {
	given, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, given) {
		x.Header().Set("Accept", strings.Join(types, ", "))
		return nil, false, x.detail(http.StatusUnsupportedMediaType, "The body must be of type "+strings.Join(types, " or "))
	}
	if x.r.Header.Get("Content-Encoding") != "" {
		return nil, false, x.detail(http.StatusUnsupportedMediaType, "The body must not be compressed")
	}
	// The deadline ends the reading too: a client may send a byte a minute.
	ctx := x.r.Context()
	stop := context.AfterFunc(ctx, func() { _ = http.NewResponseController(x).SetReadDeadline(time.Now()) })
	body, err = io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, h.maxBody))
	stop()
	var tooLarge *http.MaxBytesError
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, false, ctx.Err()
	case errors.As(err, &tooLarge):
		return nil, false, x.detail(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is longer than %d bytes", h.maxBody))
	case err != nil:
		return nil, false, x.detail(http.StatusBadRequest, "The body breaks off")
	}
	return bytes.TrimPrefix(body, []byte("\uFEFF")), true, nil
}

// splitBody returns the texts of the sessions in a body: one object, an array, or values
// one after the other, as JSON Lines has them.
func splitBody(body []byte) (texts []json.RawMessage, single bool, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		var text json.RawMessage
		err := d.Decode(&text)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, false, bodyError("The body is no JSON: " + err.Error())
		}
		texts = append(texts, text)
	}
	switch {
	case len(texts) == 0:
		return nil, false, bodyError("The body is empty")
	case len(texts) == 1 && texts[0][0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(texts[0], &items); err != nil {
			return nil, false, err
		}
		return items, false, nil
	}
	return texts, len(texts) == 1, nil
}

// bodyError says what is wrong with a body, in a sentence of the answer's detail.
type bodyError string

func (f bodyError) Error() string { return string(f) }

// mergePatch applies a JSON merge patch (RFC 7396) to an object: members that the patch
// has replace those of the same name, objects member by member, and null removes. The
// order of members stays; what is new comes last.
func mergePatch(target, patch []byte) ([]byte, error) {
	if !json.Valid(patch) {
		return nil, bodyError("The patch is no JSON")
	}
	patch = bytes.TrimSpace(patch)
	if patch[0] != '{' {
		return nil, bodyError("The patch is no JSON object")
	}
	return []byte(mergeObjects(string(target), string(patch))), nil
}

func mergeObjects(target, patch string) string {
	changes := make(map[string]string)
	var order []string
	for w := jsontext.WalkObject(patch); w.Next(); {
		name := w.Name()
		if _, again := changes[name]; !again {
			order = append(order, name)
		}
		changes[name] = w.Value()
	}
	var b strings.Builder
	write := func(quotedName, value string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quotedName)
		b.WriteByte(':')
		b.WriteString(value)
	}
	b.WriteByte('{')
	for w := jsontext.WalkObject(target); w.Next(); {
		change, ok := changes[w.Name()]
		switch {
		case !ok:
			write(w.QuotedName(), w.Value())
		case change == "null":
		default:
			write(w.QuotedName(), merged(w.Value(), change))
		}
		delete(changes, w.Name())
	}
	for _, name := range order {
		if change, ok := changes[name]; ok && change != "null" {
			write(string(jsontext.AppendString(nil, name)), merged("{}", change))
		}
	}
	b.WriteByte('}')
	return b.String()
}

// merged returns a value after a change that is not null.
func merged(value, change string) string {
	if change[0] != '{' {
		return change
	}
	if value[0] != '{' {
		value = "{}"
	}
	return mergeObjects(value, change)
}
