package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const eventsPath = "/api/v0/session-events"

// stream is an open event stream, and the list that a client makes of it.
type stream struct {
	t     testing.TB
	res   *http.Response
	lines *bufio.Reader
	close func()

	id    string // of the last event, as a browser keeps it
	list  []json.RawMessage
	total int
}

// event is an event as received.
type event struct {
	name, id string
	data     map[string]json.RawMessage
	last     bool
}

// openStream opens a stream with the key, and fails the test if it gets none.
func openStream(t testing.TB, client *http.Client, url, lastEventID string, header ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", key)
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	require.NoError(t, err)
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		require.Fail(t, "no stream", "%d: %s", res.StatusCode, body)
	}
	assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	s := &stream{t: t, res: res, lines: bufio.NewReader(res.Body), close: sync.OnceFunc(func() { cancel(); res.Body.Close() })}
	first, err := s.block()
	require.NoError(t, err)
	require.Len(t, first, 1)
	assert.Regexp(t, `^retry: [1-4][0-9]{3}$`, first[0])
	return s
}

// block reads the lines up to the next empty one.
func (s *stream) block() ([]string, error) {
	var lines []string
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return lines, err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return lines, nil
		}
		lines = append(lines, line)
	}
}

// next returns the next event and applies it.
func (s *stream) next() event {
	s.t.Helper()
	lines, err := s.block()
	for err == nil && len(lines) == 1 && lines[0] == ":" { // a comment: on a busy machine an event may take its time
		lines, err = s.block()
	}
	require.NoError(s.t, err)
	var ev event
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ": ")
		require.True(s.t, ok, line)
		switch name {
		case "event":
			ev.name = value
		case "id":
			ev.id, s.id = value, value
		case "data":
			require.NoError(s.t, json.Unmarshal([]byte(value), &ev.data), value)
		default:
			require.Fail(s.t, line)
		}
	}
	number := func(member string) (n int) {
		require.NoError(s.t, json.Unmarshal(ev.data[member], &n), member)
		return n
	}
	assert.Equal(s.t, `"`+ev.name+`"`, string(ev.data["kind"]))
	ev.last = string(ev.data["last"]) == "true"
	assert.Equal(s.t, ev.last, ev.id != "", "only the last event of a version has an id")
	s.total = number("total")
	out, in := number("old_rank"), number("new_rank")
	switch ev.name {
	case "resync":
		var p struct{ Items []json.RawMessage }
		require.NoError(s.t, json.Unmarshal(ev.data["page"], &p))
		s.list = p.Items
	case "entered":
		s.list = append(s.list[:in:in], append([]json.RawMessage{ev.data["session"]}, s.list[in:]...)...)
	case "left":
		s.list = append(s.list[:out:out], s.list[out+1:]...)
	case "moved":
		s.list = append(s.list[:out:out], s.list[out+1:]...)
		s.list = append(s.list[:in:in], append([]json.RawMessage{ev.data["session"]}, s.list[in:]...)...)
	case "changed":
		s.list[in] = ev.data["session"]
	default:
		assert.Equal(s.t, "total", ev.name)
	}
	return ev
}

// wholeVersion reads events up to the last of a version.
func (s *stream) wholeVersion() {
	s.t.Helper()
	for !s.next().last {
	}
}

// shows reports whether the list is, byte for byte, the items of a page.
func (s *stream) shows(page []byte) bool {
	var p struct {
		Items []json.RawMessage
		Total int
	}
	require.NoError(s.t, json.Unmarshal(page, &p))
	if len(p.Items) != len(s.list) || p.Total != s.total {
		return false
	}
	for i := range p.Items {
		if string(p.Items[i]) != string(s.list[i]) {
			return false
		}
	}
	return true
}
