package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// serverFlags say which server to ask, and with which credential.
type serverFlags struct{ url, key, token string }

func (s *serverFlags) add(fs flagGroup) {
	fs.StringVar(&s.url, "url", "", "ask the server at this `URL`, such as http://127.0.0.1:8080")
	s.addKeys(fs)
}

func (s *serverFlags) addKeys(fs flagGroup) {
	fs.StringVar(&s.key, "api-key", "", "show this `KEY` to the server")
	fs.StringVar(&s.token, "bearer-token", "", "show this bearer `TOKEN` to the server")
}

// server is a client of the "List sessions" API.
type server struct {
	base       string // without a final slash
	key, token string
	http       http.Client
}

const (
	serverTimeout = time.Minute // of an answer that ends
	maxProblem    = 1 << 20     // bytes of an error's body that are read
)

// connect takes what the command line lacks from the environment. Nothing is sent
// yet.
func (s *serverFlags) connect() (*server, error) {
	u, err := url.Parse(s.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usageError{fmt.Sprintf("url: Input should be the address of a server, such as http://127.0.0.1:8080 (got %q)", s.url)}
	}
	c := &server{base: strings.TrimRight(u.String(), "/"), key: s.key, token: s.token}
	if c.key == "" && c.token == "" {
		c.key, c.token = first(os.Getenv(envAPIKeys)), first(os.Getenv(envBearerTokens))
	}
	// The key must not be shown to another host.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

func first(keys string) string {
	if all := splitKeys(keys); len(all) > 0 {
		return all[0]
	}
	return ""
}

// serverError is an answer other than 200.
type serverError struct {
	status int
	text   string
}

func (e *serverError) Error() string {
	return "the server answered " + strconv.Itoa(e.status) + " " + http.StatusText(e.status) + ": " + e.text
}

// lackingError stands for the answer of a server that has no such door.
type lackingError struct {
	text   string
	answer error
}

func (e *lackingError) Error() string { return e.text }

func (e *lackingError) Unwrap() error { return e.answer }

// lacking says of an error that means that the server has no such door what to do
// without it.
func lacking(err error, what, instead string) error {
	var answer *serverError
	if errors.As(err, &answer) {
		switch answer.status {
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
			return &lackingError{fmt.Sprintf("this server has no %s (it answered %d); %s", what, answer.status, instead), err}
		}
	}
	return err
}

// ask sends a request and returns the answer if it is 200; close its body. A
// faulty parameter is a *query.Error, as if it had been found here.
func (s *server) ask(ctx context.Context, path string, params url.Values, headers ...string) (*http.Response, error) {
	if len(params) > 0 {
		path += "?" + params.Encode()
	}
	return s.send(ctx, http.MethodGet, path, nil, headers...)
}

// send is ask with a method and a body. Any 2xx is a success.
func (s *server) send(ctx context.Context, method, path string, body []byte, headers ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if s.key != "" {
		req.Header.Set("X-Api-Key", s.key)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil {
		return nil, err
	}
	return nil, problem(res.StatusCode, said)
}

// write changes the session with an id and returns its new entity tag.
func (s *server) write(ctx context.Context, method, id, contentType string, body []byte, headers ...string) (tag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	if contentType != "" {
		headers = append(headers, "Content-Type", contentType)
	}
	res, err := s.send(ctx, method, sessionPath(id), body, headers...)
	if err != nil {
		return "", notWritable(err)
	}
	return res.Header.Get("Etag"), res.Body.Close()
}

// notWritable says of an error that means that the server takes no writes what to do.
func notWritable(err error) error {
	var answer *serverError
	if errors.As(err, &answer) && (answer.status == http.StatusMethodNotAllowed || answer.status == http.StatusNotImplemented) {
		return &lackingError{fmt.Sprintf("this server takes no writes (it answered %d); serve --write does", answer.status), err}
	}
	return err
}

// delete deletes a session, and reports whether it was there.
func (s *server) delete(ctx context.Context, id string, headers ...string) (found bool, err error) {
	_, err = s.write(ctx, http.MethodDelete, id, "", nil, headers...)
	var answer *serverError
	if errors.As(err, &answer) && answer.status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// includeHidden adds to a query the hidden flags of the server's sessions, which only the
// server knows.
func (s *server) includeHidden(ctx context.Context, q *query.Query) error {
	for {
		params := q.Values()
		params.Set("limit", "1")
		params.Del("offset")
		// Of the answer only the hidden counts are read: the rest is asked for at its cheapest.
		params.Set("fields", "id")
		params.Set("facet", "kind")
		params.Set("top", "1")
		body, _, err := s.get(ctx, "/api/v0/session-view", params)
		if err != nil {
			return lacking(err, "counts of hidden sessions", "page through it with list")
		}
		var view struct{ Hidden query.Hidden }
		if err := json.Unmarshal(body, &view); err != nil {
			return fmt.Errorf("%s is not a server of sessions: %w", s.base, err)
		}
		before := len(q.Include)
		for _, by := range view.Hidden.By {
			for _, reason := range by.Reasons {
				if reason != "sub_session" && reason != "task_run" && !slices.Contains(q.Include, reason) {
					q.Include = append(q.Include, reason)
				}
			}
		}
		if len(q.Include) == before {
			return nil
		}
	}
}

// export begins to read all sessions of a query, hidden flags and all; close the body.
func (s *server) export(ctx context.Context, q query.Query, format string) (io.ReadCloser, error) {
	if err := s.includeHidden(ctx, &q); err != nil {
		return nil, err
	}
	return s.exportAsAsked(ctx, q, format)
}

// exportAsAsked is export without further flags.
func (s *server) exportAsAsked(ctx context.Context, q query.Query, format string) (io.ReadCloser, error) {
	params := q.Values()
	params.Set("format", format)
	res, err := s.ask(ctx, "/api/v0/session-export", params)
	if err != nil {
		return nil, lacking(err, "export", "page through it with list --format jsonl")
	}
	return res.Body, nil
}

// all yields the sessions of a query.
func (s *server) all(ctx context.Context, q query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		body, err := s.exportAsAsked(ctx, q, "jsonl")
		if err != nil {
			yield(sessiondex.Session{}, err)
			return
		}
		defer body.Close()
		for session, err := range sessiondex.ReadJSONL(body) {
			if !yield(session, err) {
				return
			}
		}
	}
}

// deleteIf deletes a session if it still has the times that it was listed with.
func (s *server) deleteIf(ctx context.Context, listed *sessiondex.Session) (deleted bool, err error) {
	body, header, err := s.get(ctx, sessionPath(listed.ID), nil)
	var answer *serverError
	if errors.As(err, &answer) && answer.status == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var now sessiondex.Session
	if err := json.Unmarshal(body, &now); err != nil {
		return false, err
	}
	if !now.UpdatedAt.Equal(listed.UpdatedAt) {
		return false, nil
	}
	deleted, err = s.delete(ctx, listed.ID, "If-Match", header.Get("Etag"))
	if errors.As(err, &answer) && answer.status == http.StatusPreconditionFailed {
		return false, nil
	}
	return deleted, err
}

// problem makes an error of what a server says.
func problem(status int, body []byte) error {
	var faults struct {
		Detail []struct {
			Loc       []any // names, and places in a list
			Msg, Type string
		}
	}
	if status == http.StatusUnprocessableEntity && json.Unmarshal(body, &faults) == nil && len(faults.Detail) > 0 {
		var e query.Error
		for _, d := range faults.Detail {
			var loc []string
			for _, part := range d.Loc {
				loc = append(loc, oneLine(fmt.Sprint(part)))
			}
			if len(loc) > 0 && loc[0] == "body" { // a session, not what was asked on the command line
				return &serverError{status, cutCells(strings.Join(loc[1:], ".")+": "+oneLine(d.Msg), 300)}
			}
			e.Faults = append(e.Faults, query.Fault{Param: strings.TrimPrefix(strings.Join(loc, "."), "query."), Type: d.Type, Message: oneLine(d.Msg)})
		}
		return &e
	}
	var text struct{ Detail string }
	if json.Unmarshal(body, &text) != nil {
		text.Detail = string(body)
	}
	return &serverError{status, cutCells(cmp.Or(oneLine(text.Detail), "without a reason"), 300)}
}

// get returns the whole body of an answer.
func (s *server) get(ctx context.Context, path string, params url.Values) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	res, err := s.ask(ctx, path, params)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return body, res.Header, err
}

// listServer prints what a server answers. Page and counts are of one version, if
// the server holds versions.
func (c *listConfig) listServer(ctx context.Context, s *server, q query.Query, std stdio) error {
	params := q.Values()
	if c.why != "" {
		return c.whyServer(ctx, s, params, std)
	}
	if c.facets && c.format == "table" {
		params.Set("snapshot", "new")
	}
	var page sessiondex.Page
	if !c.facets || c.format == "table" {
		body, header, err := s.get(ctx, "/api/v0/sessions", params)
		if err != nil {
			return err
		}
		if c.format == "json" && json.Valid(body) {
			_, err = c.writer(std.out).Write(body)
			return err
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return fmt.Errorf("%s is not a server of sessions: %w", s.base, err)
		}
		params.Del("snapshot")
		if token := header.Get("X-Snapshot"); token != "" {
			params.Set("snapshot", token)
		}
	}
	var facets *sessiondex.Facets
	if c.facets {
		params.Del("cursor") // it has no effect, but would be checked
		c.counts.set(params)
		body, _, err := s.get(ctx, "/api/v0/session-facets", params)
		if err != nil {
			return lacking(err, "counts", "list without --facets")
		}
		if err := json.Unmarshal(body, &facets); err != nil {
			return fmt.Errorf("%s is not a server of sessions: %w", s.base, err)
		}
		if c.format == "json" {
			_, err = c.writer(std.out).Write(body)
			return err
		}
	}
	var near []sessiondex.Suggestion
	if c.offers(&page, &q) {
		var err error
		if near, err = s.suggest(ctx, q); err != nil {
			return err
		}
	}
	var out bytes.Buffer
	c.print(&out, &page, facets, query.Hidden{}, didYouMean(near, q.Match))
	_, err := out.WriteTo(c.writer(std.out))
	return err
}

// suggest returns the keywords that a server offers for one that finds nothing. Servers
// of the public API have none.
func (s *server) suggest(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error) {
	params := q.Values()
	params.Set("suggest", "true")
	body, _, err := s.get(ctx, "/api/v0/sessions", params)
	var refused *serverError
	if errors.As(err, &refused) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var answer struct{ Suggestions []sessiondex.Suggestion }
	err = json.Unmarshal(body, &answer)
	return answer.Suggestions, err
}

// whyServer prints where a session is, by its id or the beginning of that, or why it is
// not listed.
func (c *listConfig) whyServer(ctx context.Context, s *server, params url.Values, std stdio) error {
	ask := func(id string) ([]byte, error) {
		params.Set("id", id)
		body, _, err := s.get(ctx, "/api/v0/session-why", params)
		return body, lacking(err, "such session, or does not tell why", "give the whole id, or its beginning")
	}
	body, err := ask(c.why)
	var none *serverError
	if errors.As(err, &none) && none.status == http.StatusNotFound {
		id, failed := idFrom(ctx, s.all, c.why)
		var several usageError
		switch {
		case errors.As(failed, &several):
			return failed
		case failed == nil && id != c.why: // a server that cannot tell has no such session
			body, err = ask(id)
		}
	}
	if err != nil {
		return err
	}
	var why query.Why
	if err := json.Unmarshal(body, &why); err != nil {
		return fmt.Errorf("%s is not a server of sessions: %w", s.base, err)
	}
	if c.format == "table" {
		_, err = fmt.Fprintln(std.out, why)
		return err
	}
	return writeJSON(jsonWriter(std.out), why)
}

// passing reports whether an error may pass if the same is tried again later.
func passing(err error) bool {
	var status *serverError
	var faults *query.Error
	return !errors.As(err, &faults) && (!errors.As(err, &status) || status.status >= 500 || status.status == http.StatusTooManyRequests)
}
