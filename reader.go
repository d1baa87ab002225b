package sessiondex

import (
	"context"
	"iter"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Reader has the methods of both *Engine (always its newest version) and *Snapshot (the
// version it was taken of). All methods are safe for concurrent use; none ever waits
// for a writer.
type Reader interface {
	// Get returns the session with this id, or ErrNotFound.
	Get(ctx context.Context, id string) (Session, error)
	// List returns one page of the sessions that match, and how many match in all.
	List(ctx context.Context, q query.Query) (Page, error)
	// All yields every match in order, all from one version. It ignores Limit.
	All(ctx context.Context, q query.Query) iter.Seq2[Session, error]
	// Facets counts the matches by the values of the fields that the options name.
	Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error)
	// Explain says how List would answer, without making the page.
	Explain(ctx context.Context, q query.Query) (query.Plan, error)
	// Schema returns the fields that queries can name: the contract's and declared ones.
	Schema() *schema.Schema
}

// Page is one page of a listing. Its JSON has exactly the contract's six members.
//
// Do not embed a Page in a struct that is to be JSON: its MarshalJSON becomes the
// struct's, which loses all other members. Make it a named field instead; members of
// single rows, such as highlights, are set with Session.SetMember.
type Page struct {
	// HasMore reports whether there are matches after this page.
	HasMore bool `json:"has_more"`
	// Items holds the sessions of the page in order; never nil in a page that
	// List returned without an error.
	Items []Session `json:"items"`
	// Limit and Offset are those of the query, defaults filled in.
	Limit int `json:"limit"`
	// NextOffset is the offset of the next page, nil on the last one.
	NextOffset *int `json:"next_offset"`
	Offset     int  `json:"offset"`
	// Total is the exact number of matches, wherever the page lies.
	Total int `json:"total"`
	// NextCursor continues after this page; "" on the last one.
	NextCursor string `json:"-"`
	// PrevCursor leads to the page before this one; "" on the first.
	PrevCursor string `json:"-"`
}
