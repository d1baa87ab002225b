package sessiondex

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/sessiondex/sessiondex/internal/publicapi"
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

// The results of Facets are the types of package query.
type (
	Facets     = query.Facets
	Facet      = query.Facet
	FacetCount = query.FacetCount
)

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

// MarshalJSON returns the page as the contract's response; see AppendJSON. Like
// Session.MarshalJSON it refuses sessions that could not be read back, and json.Marshal
// passes the result through its own escaping.
func (p Page) MarshalJSON() ([]byte, error) {
	for i := range p.Items {
		extra, fault := settle(&p.Items[i], math.MaxInt)
		if fault != nil {
			fault.ID, fault.Index = p.Items[i].ID, i
			return nil, fault
		}
		if extra != p.Items[i].Extra {
			p.Items = slices.Clone(p.Items)
			p.Items[i].Extra = extra
		}
	}
	return p.AppendJSON(nil), nil
}

// AppendJSON appends the page as the contract's response and returns the extended
// buffer: one JSON object without a line break and with exactly the six members
// has_more, items, limit, next_offset, offset and total. Items without sessions is [],
// NextOffset nil is null. The sessions are completed for clients of the public API; see
// Session.AppendContractJSON, and AppendStoredJSON for sessions as they were put. It
// allocates at most once where no character needs an escape. The sessions must be
// valid; see Session.AppendJSON.
func (p *Page) AppendJSON(dst []byte) []byte {
	return p.appendJSON(dst, (*Session).AppendContractJSON)
}

// AppendStoredJSON is AppendJSON with the sessions exactly as they were put.
func (p *Page) AppendStoredJSON(dst []byte) []byte {
	return p.appendJSON(dst, (*Session).AppendJSON)
}

func (p *Page) appendJSON(dst []byte, appendSession func(*Session, []byte) []byte) []byte {
	const frame = 160
	size := frame
	for i := range p.Items {
		size += p.Items[i].jsonSizeHint() + publicapi.SizeHint + len(p.Items[i].ID)
	}
	dst = slices.Grow(dst, size)
	dst = append(dst, `{"has_more":`...)
	dst = appendBool(dst, p.HasMore)
	dst = append(dst, `,"items":[`...)
	for i := range p.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSession(&p.Items[i], dst)
	}
	dst = append(dst, `],"limit":`...)
	dst = strconv.AppendInt(dst, int64(p.Limit), 10)
	dst = append(dst, `,"next_offset":`...)
	if p.NextOffset == nil {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(*p.NextOffset), 10)
	}
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, int64(p.Offset), 10)
	dst = append(dst, `,"total":`...)
	dst = strconv.AppendInt(dst, int64(p.Total), 10)
	return append(dst, '}')
}

// UnmarshalJSON reads a page from the contract's response, which has no cursors, and
// drops the members that complete the sessions for clients; see Session.DropDerived.
func (p *Page) UnmarshalJSON(data []byte) error {
	type members Page // without this method
	var m members
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	for i := range m.Items {
		m.Items[i].DropDerived()
	}
	*p = Page(m)
	return nil
}
