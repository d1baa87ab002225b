package webui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plainLimit is how many sessions the plain page has at most, as many as the API gives.
const plainLimit = 500

// plainPage is what the plain page's template shows.
type plainPage struct {
	Title, Hash, Keyword, State, Failure, Range, When string
	Subs, Tasks                                       bool
	Kept                                              []parameter
	Sorts                                             []sortOption
	Rows                                              []plainRow
	Previous, Next                                    string
}

type parameter struct{ Name, Value string }

type sortOption struct {
	Value, Name string
	Chosen      bool
}

type plainRow struct{ ID, Title, State, Channel, Time, Link string }

// plainSession is what the plain page reads of a session.
type plainSession struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	State         string `json:"state"`
	SourceChannel string `json:"source_channel"`
	CreatedAt     string `json:"created_at"`
	UpdatedAt     string `json:"updated_at"`
}

// The heading of the times: of creation where the list is sorted by them.
const whenUpdated, whenCreated = "Updated", "Created"

// plain answers the page without scripts. It asks the API as the browser would, with the
// request's own credentials, so that it shows what the API lets this person see.
func (h *handler) plain(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	query.Del("view")
	if query.Get("limit") == "" {
		query.Set("limit", strconv.Itoa(plainLimit))
	}
	answer := h.ask(r, query)
	p := h.plainPage(query)
	var list struct {
		Items      []plainSession `json:"items"`
		Limit      int            `json:"limit"`
		NextOffset *int           `json:"next_offset"`
		Offset     int            `json:"offset"`
		Total      int            `json:"total"`
	}
	status := answer.status
	switch {
	case status != http.StatusOK:
		p.Failure = failure(answer)
	case json.Unmarshal(answer.body.Bytes(), &list) != nil:
		status, p.Failure = http.StatusBadGateway, "The answer of the API could not be read."
	}
	for _, s := range list.Items {
		row := plainRow{ID: s.ID, Title: cmp.Or(s.Title, "Untitled"), State: s.State, Channel: s.SourceChannel, Time: s.UpdatedAt, Link: h.link(s.ID)}
		if p.When == whenCreated {
			row.Time = s.CreatedAt
		}
		p.Rows = append(p.Rows, row)
	}
	switch {
	case len(p.Rows) > 0:
		p.Range = fmt.Sprintf("%d–%d of %d", list.Offset+1, list.Offset+len(p.Rows), list.Total)
	default:
		p.Range = fmt.Sprintf("0 of %d", list.Total)
	}
	at := func(offset int) string {
		q := maps.Clone(query)
		q.Set("view", "plain")
		q.Set("offset", strconv.Itoa(offset))
		return "?" + q.Encode()
	}
	if list.NextOffset != nil {
		p.Next = at(*list.NextOffset)
	}
	if list.Offset > 0 {
		p.Previous = at(max(0, list.Offset-list.Limit))
	}
	w.WriteHeader(status)
	_ = templates.ExecuteTemplate(w, "plain.html", p)
}

// plainPage fills in the form. What it does not show of the query goes on as it is.
func (h *handler) plainPage(query url.Values) *plainPage {
	p := &plainPage{
		Title: h.title, Hash: h.assets.hash, Keyword: query.Get("query"), State: strings.Join(query["state"], ","),
		Subs: query.Get("include_sub_sessions") == "true", Tasks: query.Get("include_task_sessions") == "true",
	}
	shown := []string{"query", "state", "sort_by", "include_sub_sessions", "include_task_sessions", "offset"}
	names := make([]string, 0, len(query))
	for name := range query {
		if !slices.Contains(shown, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range query[name] {
			p.Kept = append(p.Kept, parameter{name, value})
		}
	}
	by := query.Get("sort_by")
	if p.When = whenUpdated; by == "created_at" {
		p.When = whenCreated
	}
	for _, o := range []sortOption{{Value: "updated_at", Name: "last update"}, {Value: "created_at", Name: "creation"}, {Value: "title", Name: "title"}} {
		o.Chosen = o.Value == by
		p.Sorts = append(p.Sorts, o)
	}
	if by != "" && !slices.ContainsFunc(p.Sorts, func(o sortOption) bool { return o.Chosen }) {
		p.Sorts = append(p.Sorts, sortOption{Value: by, Name: by, Chosen: true})
	}
	return p
}

// shortTime is an instant of the API to the minute, in UTC. What is none stays as it is.
func shortTime(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// link is where a title leads; "" without Options.SessionURL.
func (h *handler) link(id string) string {
	if h.sessionURL == "" {
		return ""
	}
	return strings.ReplaceAll(h.sessionURL, "{id}", url.PathEscape(id))
}

// failure says in words why there is no list: the API's own faults, where it lists them.
func failure(a *recorder) string {
	var body struct {
		Detail json.RawMessage `json:"detail"`
	}
	var text string
	var faults []struct {
		Loc []string `json:"loc"`
		Msg string   `json:"msg"`
	}
	if json.Unmarshal(a.body.Bytes(), &body) == nil {
		if json.Unmarshal(body.Detail, &text) == nil && text != "" {
			return text
		}
		if json.Unmarshal(body.Detail, &faults) == nil && len(faults) > 0 {
			var all []string
			for _, f := range faults {
				all = append(all, strings.Join(f.Loc[min(1, len(f.Loc)):], ".")+": "+f.Msg)
			}
			return strings.Join(all, "; ")
		}
	}
	return http.StatusText(a.status)
}

// ask passes a request for a listing to the API and records the answer.
func (h *handler) ask(r *http.Request, query url.Values) *recorder {
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath, inner.URL.RawQuery = "/api/v0/sessions", "", query.Encode()
	inner.RequestURI = ""
	inner.Header.Del("Accept-Encoding")
	inner.Header.Del("If-None-Match")
	answer := &recorder{header: make(http.Header), status: http.StatusOK}
	h.api.ServeHTTP(answer, inner)
	return answer
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header         { return a.header }
func (a *recorder) WriteHeader(status int)      { a.status = status }
func (a *recorder) Write(p []byte) (int, error) { return a.body.Write(p) }
