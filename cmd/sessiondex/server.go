package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
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
	address := s.base + path
	if len(params) > 0 {
		address += "?" + params.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
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
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil {
		return nil, err
	}
	return nil, problem(res.StatusCode, body)
}

// problem makes an error of what a server says.
func problem(status int, body []byte) error {
	var faults struct {
		Detail []struct {
			Loc       []string
			Msg, Type string
		}
	}
	if status == http.StatusUnprocessableEntity && json.Unmarshal(body, &faults) == nil && len(faults.Detail) > 0 {
		var e query.Error
		for _, d := range faults.Detail {
			param := oneLine(strings.TrimPrefix(strings.Join(d.Loc, "."), "query."))
			e.Faults = append(e.Faults, query.Fault{Param: param, Type: d.Type, Message: oneLine(d.Msg)})
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
			return fmt.Errorf("%s is no server of sessions: %w", s.base, err)
		}
		params.Del("snapshot")
		if token := header.Get("X-Snapshot"); token != "" {
			params.Set("snapshot", token)
		}
	}
	var facets *sessiondex.Facets
	if c.facets {
		params.Del("cursor") // it has no effect, but would be checked
		params.Set("top", strconv.Itoa(c.top))
		body, _, err := s.get(ctx, "/api/v0/session-facets", params)
		if err != nil {
			return lacking(err, "counts", "list without --facets")
		}
		if err := json.Unmarshal(body, &facets); err != nil {
			return fmt.Errorf("%s is no server of sessions: %w", s.base, err)
		}
		if c.format == "json" {
			_, err = c.writer(std.out).Write(body)
			return err
		}
	}
	var out bytes.Buffer
	c.print(&out, &page, facets, query.Hidden{})
	_, err := out.WriteTo(c.writer(std.out))
	return err
}

// passing reports whether an error may pass if the same is tried again later.
func passing(err error) bool {
	var status *serverError
	var faults *query.Error
	return !errors.As(err, &faults) && (!errors.As(err, &status) || status.status >= 500 || status.status == http.StatusTooManyRequests)
}
