package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// What a node tells of its service, and what stands in the headers of requests and answers.
const (
	metaService = "sessiondex"
	headerAsk   = "Sessiondex-Ask"   // what is asked for
	headerError = "Sessiondex-Error" // the kind of an error; the body is its text
	headerMore  = "Sessiondex-More"  // the answer goes on in the next message
)

// The kinds of errors that go between nodes and fleets.
const (
	kindNotFound  = "not found"
	kindBadCursor = "bad cursor"
	kindInvalid   = "invalid"
	kindAway      = "away" // this node can't; another may
	kindFailed    = "failed"
)

// How a node answers.
const (
	maxAsked    = 64 // requests at a time
	answerTime  = 10 * time.Second
	answerBytes = 512 << 10 // of one message
)

// offer is what a node says that it can answer.
type offer struct {
	Count      int            `json:"count"`
	Partitions []int          `json:"partitions"`
	Fields     []schema.Field `json:"fields"`
	Schema     string         `json:"schema"`
	Fold       string         `json:"fold"`
}

// askSubject is where nodes listen that hold the same partitions: each request goes to one
// of them.
func (o *Options) askSubject() string {
	list, _ := json.Marshal(o.Partitions)
	return o.Stream + "_ask." + token(string(list))
}

func (o *Options) serviceName() string { return "sessiondex-" + o.Stream }

// question is the body of a request: what the header does not say.
type question struct {
	// Query is a query in its canonical form, scope included.
	Query []byte `json:"query,omitempty"`
	ID    string `json:"id,omitempty"`
	// Session is the one whose rank is asked for.
	Session *sessiondex.Session `json:"session,omitempty"`
	Facets  *facetQuestion      `json:"facets,omitempty"`
}

// facetQuestion is query.FacetOptions as it travels.
type facetQuestion struct {
	Fields []string     `json:"fields"`
	Top    int          `json:"top"`
	Search string       `json:"search"`
	Period query.Period `json:"period"`
	Zone   string       `json:"zone"`
}

// rows is a page as it travels: its sessions as they are stored.
type rows struct {
	Total   int                  `json:"total"`
	HasMore bool                 `json:"has_more"`
	Items   []sessiondex.Session `json:"items"`
}

// Serve answers for the node's partitions, by the services of NATS, until the node is
// closed: nodes that hold the same partitions share the requests. A node that is too far
// behind (Options.MaxLag) sends them on to the others.
func (n *Node) Serve() error {
	if err := n.isOpen(); err != nil {
		return err
	}
	o := offer{Count: n.opts.PartitionCount, Partitions: n.opts.Partitions, Fields: []schema.Field{}, Schema: n.schema, Fold: n.engine.Fold().String()}
	for row := range n.engine.Schema().Declared() {
		o.Fields = append(o.Fields, row.Field)
	}
	text, err := json.Marshal(&o)
	if err != nil {
		return err
	}
	a := newAnswering(n)
	service, err := micro.AddService(n.nc, micro.Config{
		Name: n.opts.serviceName(), Version: "1.0.0", Description: "sessions of stream " + n.opts.Stream, Metadata: map[string]string{metaService: string(text)},
		Endpoint: &micro.EndpointConfig{Subject: n.opts.askSubject(), QueueGroup: "nodes", Handler: micro.HandlerFunc(a.take)},
	})
	if err != nil {
		return fmt.Errorf("cluster: serving: %w", err)
	}
	n.servicesMu.Lock()
	defer n.servicesMu.Unlock()
	n.services = append(n.services, func() {
		_ = service.Stop()
		a.end()
	})
	return n.isOpen()
}

// answering are the requests that a node is answering.
type answering struct {
	n      *Node
	ctx    context.Context
	cancel context.CancelFunc
	turns  chan struct{}

	mu    sync.Mutex
	ended bool
	wg    sync.WaitGroup
}

func newAnswering(n *Node) *answering {
	a := &answering{n: n, turns: make(chan struct{}, maxAsked)}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a
}

// take answers a request in a goroutine of its own. What is too much waits with the server.
func (a *answering) take(r micro.Request) {
	a.turns <- struct{}{}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		<-a.turns
		_ = r.Respond([]byte(ErrClosed.Error()), micro.WithHeaders(micro.Headers{headerError: {kindAway}}))
		return
	}
	a.wg.Go(func() {
		defer func() { <-a.turns }()
		ctx, cancel := context.WithTimeout(a.ctx, answerTime)
		defer cancel()
		a.n.answer(ctx, r)
	})
}

// end waits for the answers that are under way, which end early.
func (a *answering) end() {
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.cancel()
	a.wg.Wait()
}

// answer answers one request.
func (n *Node) answer(ctx context.Context, r micro.Request) {
	result, err := n.result(ctx, r.Headers().Get(headerAsk), r.Data())
	var body []byte
	if err == nil {
		body, err = json.Marshal(result)
	}
	header := nats.Header{}
	if err != nil {
		header.Set(headerError, kindOf(err))
		body = []byte(err.Error())
	}
	most := min(answerBytes, int(n.nc.MaxPayload())-1024)
	for len(body) > most {
		part := &nats.Msg{Subject: r.Reply(), Data: body[:most], Header: nats.Header{headerMore: {"1"}}}
		if err := n.nc.PublishMsg(part); err != nil {
			return // whoever asked will ask again
		}
		body = body[most:]
	}
	_ = r.Respond(body, micro.WithHeaders(micro.Headers(header)))
}

func kindOf(err error) string {
	switch {
	case errors.Is(err, sessiondex.ErrNotFound):
		return kindNotFound
	case errors.Is(err, sessiondex.ErrBadCursor):
		return kindBadCursor
	case errors.Is(err, query.ErrInvalid):
		return kindInvalid
	case errors.Is(err, ErrStale), errors.Is(err, ErrClosed), errors.Is(err, sessiondex.ErrClosed), errors.Is(err, context.Canceled):
		return kindAway
	}
	return kindFailed
}

// result is what is asked for.
func (n *Node) result(ctx context.Context, ask string, body []byte) (any, error) {
	if err := (reader{n}).fresh(); err != nil {
		return nil, err
	}
	var asked question
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, fmt.Errorf("%w: the question can't be read: %w", query.ErrInvalid, err)
	}
	if ask == "get" {
		return n.engine.Get(ctx, asked.ID)
	}
	q, err := query.ParseCanonical(n.engine.Schema(), asked.Query)
	if err != nil {
		return nil, err
	}
	switch {
	case ask == "list":
		p, err := n.engine.List(ctx, q)
		return &rows{p.Total, p.HasMore, p.Items}, err
	case ask == "rank" && asked.Session != nil:
		return n.engine.Rank(ctx, q, *asked.Session)
	case ask == "facets" && asked.Facets != nil:
		o, err := asked.Facets.options()
		if err != nil {
			return nil, err
		}
		return n.engine.Facets(ctx, q, o)
	case ask == "explain":
		return n.engine.Explain(ctx, q)
	}
	return nil, fmt.Errorf("%w: nothing is known of %q", query.ErrInvalid, ask)
}

func (f *facetQuestion) options() (query.FacetOptions, error) {
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		return query.FacetOptions{}, fmt.Errorf("%w: time zone %q: %w", query.ErrInvalid, f.Zone, err)
	}
	return query.FacetOptions{Fields: f.Fields, Top: f.Top, Search: f.Search, Period: f.Period, Zone: zone}, nil
}
