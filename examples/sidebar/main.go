// Command sidebar serves the sidebar of a chat product: the chats that are mine or shared
// with me, pinned ones first, archived ones hidden, narrowed to a tag, with the counts
// beside the tags, and all of it again whenever it changes.
//
//	sidebar [-addr ADDR] FILE
//
//	GET   /sidebar?tag=billing&archived=true   one answer
//	GET   /sidebar/events?tag=billing          the same, as server-sent events
//	PATCH /chats/{id}                          {"pinned":true}, {"archived":true}, {"tags":[…]}
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// fields are what this product keeps beside a session's own members.
var fields = []schema.Field{
	{Name: "owner", Type: schema.Keyword},
	{Name: "shared_with", Type: schema.Keyword},
	{Name: "tags", Type: schema.Keyword},
	{Name: "pinned", Type: schema.Flag},
	{Name: "archived", Type: schema.Flag, Hidden: true},
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	engine, err := sessiondex.Open(flag.Arg(0), &sessiondex.Options{Fields: fields})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	log.Fatal(http.ListenAndServe(*addr, newService(engine)))
}

func newService(engine *sessiondex.Engine) http.Handler {
	s, mux := service{engine}, http.NewServeMux()
	mux.HandleFunc("GET /sidebar", s.once)
	mux.HandleFunc("GET /sidebar/events", s.events)
	mux.HandleFunc("PATCH /chats/{id}", s.patch)
	return mux
}

type service struct{ engine *sessiondex.Engine }

// asked is the query of a request. What the user may see (a real product has a cookie here)
// is a scope: no parameter leads out of it, and no count knows of what lies outside.
func asked(r *http.Request) query.Query {
	user := r.Header.Get("X-User")
	q := query.Query{SortFirst: "pinned", Scope: query.Scope{Where: []query.Cond{
		query.AnyOf(query.In("owner", user), query.In("shared_with", user)),
	}}}
	if tag := r.URL.Query().Get("tag"); tag != "" {
		q.Where = append(q.Where, query.In("tags", tag))
	}
	if r.URL.Query().Get("archived") == "true" {
		q.Include = []string{"archived"}
	}
	return q
}

// sidebar is the answer. All of it is of one version.
type sidebar struct {
	Chats  []sessiondex.Session `json:"chats"`
	Total  int                  `json:"total"`
	Hidden int                  `json:"archived"`
	Tags   []query.FacetCount   `json:"tags"` // what choosing another tag would give
}

func (s service) sidebar(ctx context.Context, q query.Query) ([]byte, error) {
	now := s.engine.Snapshot()
	page, err := now.List(ctx, q)
	counts, err2 := now.Facets(ctx, q, query.FacetOptions{Fields: []string{"tags"}, Top: 20})
	hidden, err3 := now.Hidden(ctx, q)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	return json.Marshal(sidebar{page.Items, page.Total, hidden.Total, counts.Fields[0].Values})
}

func (s service) once(w http.ResponseWriter, r *http.Request) {
	body, err := s.sidebar(r.Context(), asked(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(body)
}

// events answers anew after every write that makes a difference. (Engine.Watch is for lists alone.)
func (s service) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for last := []byte(nil); ; {
		mark := s.engine.Mark() // what is written while we ask comes after it
		body, err := s.sidebar(r.Context(), asked(r))
		if err == nil && !bytes.Equal(body, last) {
			_, err = fmt.Fprintf(w, "data: %s\n\n", body)
			last = body
		}
		if err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		for _, err := range s.engine.Changes(r.Context(), mark) {
			if err != nil && !errors.Is(err, sessiondex.ErrTooOld) {
				return
			}
			break
		}
	}
}

// patch changes members of a chat that the user may see.
func (s service) patch(w http.ResponseWriter, r *http.Request) {
	members, n := map[string]json.RawMessage{}, 0
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&members)
	if err == nil {
		q := asked(r)
		q.IDs = []string{r.PathValue("id")}
		n, err = s.engine.UpdateWhere(r.Context(), q, func(chat *sessiondex.Session) error {
			for name, value := range members {
				if name != "pinned" && name != "archived" && name != "tags" {
					return fmt.Errorf("%q can't be changed", name)
				}
				if err := chat.SetMember(name, value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case n == 0:
		http.NotFound(w, r)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
