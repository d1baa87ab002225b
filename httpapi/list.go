package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// cursorParam switches a listing from paging by offset to paging by cursor.
const cursorParam = "cursor"

// params decodes the request's parameters. If ok is false the request has been
// answered.
func (h *handler) params(x *exchange) (v url.Values, ok bool, err error) {
	raw := x.r.URL.RawQuery
	if len(raw) > h.maxQueryBytes {
		return nil, false, x.detail(http.StatusRequestURITooLong,
			"The query string is longer than "+strconv.Itoa(h.maxQueryBytes)+" bytes")
	}
	if v, ok = parseRawQuery(raw); !ok {
		return nil, false, x.detail(http.StatusRequestURITooLong,
			"The query string has more than "+strconv.Itoa(maxParamNames)+" different parameters")
	}
	return v, true, nil
}

// query parses the parameters and binds the query to the principal's scope. The
// error lists the faults, those of the route's own parameters last.
func (h *handler) query(x *exchange, v url.Values, own ...query.Fault) (q query.Query, err error) {
	parse := query.ParseWith
	if h.strict {
		parse = query.ParseStrictWith
	}
	q, err = parse(h.source.Schema(), v)
	if len(own) > 0 {
		var faults query.Error
		if theirs := (*query.Error)(nil); errors.As(err, &theirs) {
			faults.Faults = theirs.Faults
		}
		faults.Faults = append(faults.Faults, own...)
		err = &faults
	}
	q.Scope = x.principal.Scope
	x.principal.defaultWorkspace(&q)
	return q, err
}

// faults answers with 422 if err is about the query, and returns it if not. The
// cursor is judged by the reader, so faults come from both sides.
func (x *exchange) faults(err error) error {
	var faults *query.Error
	if !errors.As(err, &faults) {
		if !errors.Is(err, query.ErrBadCursor) {
			return err
		}
		faults = &query.Error{Faults: []query.Fault{{
			Param: cursorParam, Type: "cursor",
			Message: "Input should be a cursor that this listing returned, with the same filters and order",
		}}}
	}
	body, err := json.Marshal(faults)
	if err != nil {
		return err
	}
	x.Header().Del("Etag") // was set for the answer that there would have been
	x.untagged()
	return x.body(http.StatusUnprocessableEntity, append(body, '\n'))
}

// list answers GET /api/v0/sessions.
func (h *handler) list(x *exchange) error {
	x.rows = 0
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	snapshot, given := takeSnapshot(v)
	suggest, faults := takeSuggest(v)
	q, err := h.query(x, v, faults...)
	if err != nil {
		return x.faults(err)
	}
	from, ok, err := h.origin(x, snapshot, given)
	if !ok {
		return err
	}
	if x.notModified(false) {
		return nil
	}
	page, err := from.source.List(x.r.Context(), q)
	if err != nil {
		return x.faults(err)
	}
	if x.notModified(true) {
		return nil
	}
	h.keep(x, &from)
	x.rows = len(page.Items)
	h.link(x.Header(), q, &page, from.token, v.Has(cursorParam))
	if suggest {
		return x.suggestions(&from.source, q, &page)
	}
	return x.page(&page)
}

// maxLinkBytes is the longest Link or X-Next-Cursor header that is sent unasked.
// Common clients and proxies refuse an answer with headers of 8 KiB or more, and
// these headers must never stand in the way of the page.
const maxLinkBytes = 4096

// link sets the Link header (RFC 8288) to the pages around this one. Addresses
// are absolute paths, so that they hold behind any host name, with the
// parameters in their canonical form; unknown ones are gone. A page of a held
// version leads to pages of the same.
func (h *handler) link(header http.Header, q query.Query, page *sessiondex.Page, snapshot string, byCursor bool) {
	offset := q.Offset
	q.Offset, q.Cursor = 0, ""
	base := h.base + sessionsPath + "?"
	if params := q.Values().Encode(); params != "" {
		base += params + "&"
	}
	if snapshot != "" {
		base += snapshotParam + "=" + snapshot + "&"
	}
	var b strings.Builder
	b.Grow(3 * (len(base) + 40))
	add := func(rel, param, value string) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('<')
		b.WriteString(base)
		b.WriteString(param)
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(value))
		b.WriteString(`>; rel="`)
		b.WriteString(rel)
		b.WriteByte('"')
	}
	if byCursor {
		if page.NextCursor != "" {
			add("next", cursorParam, page.NextCursor)
		}
		if page.PrevCursor != "" {
			add("prev", cursorParam, page.PrevCursor)
		}
		add("first", cursorParam, "")
	} else {
		if page.NextOffset != nil {
			add("next", "offset", strconv.Itoa(*page.NextOffset))
		}
		if offset > 0 {
			// From past the end the way back leads to the last page.
			prev := max(0, min(offset, page.Total)-page.Limit)
			add("prev", "offset", strconv.Itoa(prev))
		}
		add("first", "offset", "0")
	}
	if b.Len() <= maxLinkBytes {
		header.Set("Link", b.String())
	}
	if page.NextCursor != "" && (byCursor || len(page.NextCursor) <= maxLinkBytes) {
		header.Set("X-Next-Cursor", page.NextCursor)
	}
}
