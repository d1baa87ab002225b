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
	if x.r.ContentLength > h.maxBody {
		return nil, false, h.tooLong(x)
	}
	// The deadline ends the reading too: a client may send a byte a minute.
	ctx := x.r.Context()
	stop := context.AfterFunc(ctx, func() { _ = http.NewResponseController(x).SetReadDeadline(time.Now()) })
	body, err = io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, h.maxBody))
	stop()
	var tooLarge *http.MaxBytesError
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, false, ctx.Err()
	case errors.As(err, &tooLarge):
		return nil, false, h.tooLong(x)
	case err != nil:
		return nil, false, x.detail(http.StatusBadRequest, "The body breaks off")
	}
	return bytes.TrimPrefix(body, []byte("\uFEFF")), true, nil
}

func (h *handler) tooLong(x *exchange) error {
	return x.detail(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is longer than %d bytes", h.maxBody))
}

// splitBody returns the texts of the sessions in a body: one object, an array, or values
// one after the other, as JSON Lines has them. It stops behind the first one too many:
// millions of empty objects would take up far more memory than the body does.
func splitBody(body []byte, most int) (texts []json.RawMessage, single bool, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	next := func() error {
		var text json.RawMessage
		err := d.Decode(&text)
		if err == nil {
			texts = append(texts, text)
		}
		return err
	}
	array := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("["))
	if array {
		_, err = d.Token()
		for err == nil && d.More() && len(texts) <= most {
			err = next()
		}
		if len(texts) > most {
			return texts, false, nil
		}
		if err == nil {
			_, err = d.Token() // the closing bracket
		}
		if err == nil {
			if _, err = d.Token(); err == nil {
				err = errors.New("there is more behind the array")
			}
		}
	} else {
		for err == nil && len(texts) <= most {
			err = next()
		}
	}
	switch {
	case err != nil && err != io.EOF:
		return nil, false, bodyError("The body is no JSON: " + err.Error())
	case len(texts) == 0 && !array:
		return nil, false, bodyError("The body is empty")
	}
	return texts, len(texts) == 1 && !array, nil
}

// bodyError says what is wrong with a body, in a sentence of the answer's detail.
type bodyError string

func (f bodyError) Error() string { return string(f) }
