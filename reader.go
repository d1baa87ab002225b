package sessiondex

import (
	"context"
	"iter"

	"github.com/sessiondex/sessiondex/query"
)

// Reader is what both *Engine (always its newest version) and *Snapshot (the
// version it was taken of) offer. All methods are safe for concurrent use; none
// ever waits for a writer.
type Reader interface {
	// Get returns the session with this id, or ErrNotFound.
	Get(ctx context.Context, id string) (Session, error)
	// List returns one page of the sessions that match, and how many match in all.
	List(ctx context.Context, q query.Query) (Page, error)
	// All yields every match in order, all from one version. It ignores Limit.
	All(ctx context.Context, q query.Query) iter.Seq2[Session, error]
	// Facets counts the matches by what the options name.
	Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error)
	// Explain says how List would answer, without making the page.
	Explain(ctx context.Context, q query.Query) (query.Plan, error)
}

// Page is one page of a listing. Its JSON has exactly the contract's six members.
type Page struct {
	// HasMore says that there are matches after this page.
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

// Facets counts the sessions that match a query, by value. Each list leaves out
// the query's own filter on that member, so that it shows what choosing another
// value would give; a list is sorted by falling count, then by value. A list that
// was not asked for is nil, and left out of the JSON.
type Facets struct {
	// Total is the number of sessions that match the whole query.
	Total int `json:"total"`

	States         []FacetCount `json:"state,omitzero"`
	SourceChannels []FacetCount `json:"source_channel,omitzero"`
	SessionTypes   []FacetCount `json:"session_type,omitzero"`
	TriggerTypes   []FacetCount `json:"trigger_type,omitzero"`
	// Apps holds the most frequent applications only; AppsTotal is the number of
	// different applications among the matches.
	Apps      []FacetCount `json:"app_id,omitzero"`
	AppsTotal int          `json:"app_id_total"`
	// Workspaces and WorkspacesTotal are the like, and counted only if
	// FacetOptions name them.
	Workspaces      []FacetCount `json:"workspace_id,omitzero"`
	WorkspacesTotal int          `json:"workspace_id_total,omitzero"`
	// Kinds leaves out the query's two visibility flags.
	Kinds KindCounts `json:"kind"`
	// CreatedMonths counts by month of creation (UTC), such as "2026-01", in
	// ascending order, and leaves out the query's bounds on the creation time.
	// CreatedDays counts by day, such as "2026-01-31", instead if FacetOptions say
	// so. Periods without matches are left out.
	CreatedMonths []FacetCount `json:"created_month,omitzero"`
	CreatedDays   []FacetCount `json:"created_day,omitzero"`
}

// FacetCount is one value and the number of matches that have it.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// KindCounts tells the matches apart by visibility. A session that is both a
// sub-session and a task run counts in Both alone.
type KindCounts struct {
	TopLevel    int `json:"top_level"`
	SubSessions int `json:"sub_session"`
	TaskRuns    int `json:"task_run"`
	Both        int `json:"both"`
}
