package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/query"
)

// The parameters of a view that neither a listing nor a count has.
const (
	titleMaxParam = "title_max" // the longest title, in graphemes
	fieldsParam   = "fields"    // the members of a session to answer with; a list
	offsetsParam  = "offsets"   // what matches are counted in: bytes or utf16
	barsParam     = "bars"      // the most bars of the histogram
)

// The largest title_max and bars.
const (
	maxTitleMax = 10_000
	maxBars     = 1000
)

// viewOptions are those parameters.
type viewOptions struct {
	titleMax int // 0 is no bound
	utf16    bool
	bars     int // 0 is no histogram
}

// takeViewOptions reads them and removes them.
func takeViewOptions(v url.Values) (o viewOptions, faults []query.Fault) {
	number := func(param string, most int) int {
		text, given := take(v, param)
		if !given {
			return 0
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > most {
			faults = append(faults, query.NewFault(param, "int_range", fmt.Sprintf("Input should be an integer from 1 to %d", most), text))
		}
		return n
	}
	o.titleMax, o.bars = number(titleMaxParam, maxTitleMax), number(barsParam, maxBars)
	if text, given := take(v, offsetsParam); given {
		if o.utf16 = text == "utf16"; text != "utf16" && text != "bytes" {
			faults = append(faults, query.NewFault(offsetsParam, "enum", "Input should be 'bytes' or 'utf16'", text))
		}
	}
	return o, faults
}

// takeFields reads the members that sessions are answered with, and removes the parameter.
func (x *exchange) takeFields(v url.Values) {
	for _, list := range v[fieldsParam] {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				if x.members == nil {
					x.members = map[string]bool{"id": true}
				}
				x.members[name] = true
			}
		}
	}
	delete(v, fieldsParam)
}

// sessionView is the answer for a screen. All of it is of one version.
type sessionView struct {
	page []byte // the contract's response, the first member
	// Matches are, for each item, where its title (as it is in the page) matches the
	// keyword: begin and end of each place.
	Matches [][][2]int `json:"matches"`
	// Snippets are, for each item, the text fields that match by words; nil if none of
	// any item does.
	Snippets [][]snippet `json:"snippets,omitempty"`
	// Cut says, for each item, whether its title was cut in front and behind.
	Cut    [][2]bool          `json:"cut,omitempty"`
	Hidden query.Hidden       `json:"hidden"`
	Facets *sessiondex.Facets `json:"facets"`
	// Histogram is there if bars were asked for.
	Histogram *histogram `json:"histogram,omitempty"`
	// Write says that the principal may write.
	Write bool `json:"write,omitempty"`
	// Version is the same for answers that are of one version, as far as the principal
	// can tell.
	Version string `json:"version"`
	// Snapshot is the token of a version that is held.
	Snapshot string `json:"snapshot,omitempty"`
}

// snippet is a stretch of a text field with what matches in it.
type snippet struct {
	Field   string   `json:"field"`
	Text    string   `json:"text"`
	Matches [][2]int `json:"matches"`
}

// titleField names the title among the fields that match.
const titleField = "title"

// view answers GET /api/v0/session-view.
func (h *handler) view(x *exchange) error {
	x.rows = 0
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	snapshot, given := takeSnapshot(v)
	facetOptions, faults := h.takeFacetOptions(v)
	options, more := takeViewOptions(v)
	x.takeFields(v)
	q, err := h.query(x, v, append(faults, more...)...)
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
	answer, page, err := h.look(x, &from.source, &q, facetOptions, &options)
	if lack := (*lackError)(nil); errors.As(err, &lack) {
		return x.notOffered(lack.name, lack.why)
	}
	if err != nil {
		return x.faults(err)
	}
	if x.notModified(true) {
		return nil
	}
	h.keep(x, &from)
	x.rows = len(page.Items)
	h.link(x.Header(), q, &page, from.token, v.Has(cursorParam))
	if from.versioned && !x.principal.scoped() {
		answer.Version = weakTagOfVersion(h, from.version)
	} else { // a scoped principal must not learn of versions
		body, err := answer.json()
		if err != nil {
			return err
		}
		answer.Version = strings.Trim(bodyTag(x.seed, body), `W/"`)
	}
	answer.Snapshot = from.token
	body, err := answer.json()
	if err != nil {
		return err
	}
	return x.body(http.StatusOK, append(body, '\n'))
}

// lackError says which interface of this package a reader lacks.
type lackError struct{ name, why string }

func (e *lackError) Error() string { return "the reader " + e.why + ": it is no httpapi." + e.name }

// look asks a version for all that a screen shows of it. A reader that cannot be read says
// so itself, so it is asked before what it lacks counts.
func (h *handler) look(x *exchange, from *source, q *query.Query, facetOptions query.FacetOptions, o *viewOptions) (answer sessionView, page sessiondex.Page, err error) {
	ctx := x.r.Context()
	if page, err = from.List(ctx, *q); err != nil {
		return answer, page, err
	}
	switch {
	case from.hidden == nil:
		return answer, page, &lackError{"HiddenCounter", "does not count what is hidden"}
	case from.matcher == nil && q.Match == query.MatchWords:
		return answer, page, &lackError{"Matcher", "does not tell where words match"}
	}
	facets, err := from.Facets(ctx, *q, facetOptions)
	if err != nil {
		return answer, page, err
	}
	answer = sessionView{
		Facets: &facets, Matches: make([][][2]int, len(page.Items)),
		Write: h.writer != nil && x.principal.Write,
	}
	if o.bars > 0 {
		days, err := from.Facets(ctx, *q, query.FacetOptions{Fields: []string{"created_at"}, Top: query.MaxTop, Period: query.Day, Zone: facetOptions.Zone})
		if err != nil {
			return answer, page, err
		}
		answer.Histogram = newHistogram(days.Field("created_at").Values, o.bars)
	}
	if answer.Hidden, err = from.hidden.CountHidden(ctx, *q); err != nil {
		return answer, page, err
	}
	answer.page, err = x.viewPage(from, &page, q, o, &answer)
	return answer, page, err
}

// json returns the answer's JSON. The page in it is byte for byte that of a listing, which
// encoding/json would escape, and copy twice.
func (v *sessionView) json() ([]byte, error) {
	rest, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	const begin = `{"page":`
	out := make([]byte, 0, len(begin)+len(v.page)+len(rest)+len("\n"))
	out = append(append(out, begin...), v.page...)
	return append(append(out, ','), rest[len("{"):]...), nil
}

// weakTagOfVersion names a version to a principal that may see all of it.
func weakTagOfVersion(h *handler, version uint64) string {
	bare := exchange{r: &http.Request{URL: &url.URL{}}}
	return strings.Trim(h.entityTag(version, &bare), `W/"`)
}

// viewPage returns the page in JSON, its titles cut and its members chosen, and notes
// what was cut and what matches.
func (x *exchange) viewPage(from *source, page *sessiondex.Page, q *query.Query, o *viewOptions, answer *sessionView) ([]byte, error) {
	if o.titleMax > 0 {
		answer.Cut = make([][2]bool, len(page.Items))
	}
	for i := range page.Items {
		s := &page.Items[i]
		matches, err := from.matchesOf(x.r.Context(), q, s)
		if err != nil {
			return nil, err
		}
		ranges := answer.noteSnippets(i, len(page.Items), matches, o.utf16)
		if o.titleMax > 0 {
			first := 0
			if len(ranges) > 0 {
				first = ranges[0].Start
			}
			begin, end := cutAround(s.Title, first, o.titleMax)
			answer.Cut[i] = [2]bool{begin > 0, end < len(s.Title)}
			s.Title, ranges = s.Title[begin:end], within(ranges, begin, end)
		}
		answer.Matches[i] = offsets(s.Title, ranges, o.utf16)
	}
	frame := *page
	frame.Items = nil
	empty := string(frame.AppendJSON(nil))
	head, tail, _ := strings.Cut(empty, "[]")
	out := append([]byte(head), '[')
	for i := range page.Items {
		if i > 0 {
			out = append(out, ',')
		}
		out = x.appendSession(&page.Items[i], out)
	}
	return append(append(out, ']'), tail...), nil
}

// noteSnippets notes where the text fields of an item match, and returns where its title
// does. items is how many the page has.
func (v *sessionView) noteSnippets(item, items int, matches []sessiondex.FieldMatch, utf16 bool) (inTitle []query.Range) {
	for _, m := range matches {
		if m.Field == titleField {
			inTitle = m.Ranges
			continue
		}
		if v.Snippets == nil {
			v.Snippets = make([][]snippet, items)
			for i := range v.Snippets {
				v.Snippets[i] = []snippet{}
			}
		}
		v.Snippets[item] = append(v.Snippets[item], snippet{m.Field, m.Text, offsets(m.Text, m.Ranges, utf16)})
	}
	return inTitle
}

// appendChosen appends a session without the members that are not wanted.
func appendChosen(dst, session []byte, wanted map[string]bool) []byte {
	dst = append(dst, '{')
	first := true
	for w := jsontext.WalkObject(string(session)); w.Next(); {
		if !wanted[w.Name()] {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, w.Member()...)
	}
	return append(dst, '}')
}

// cutAround returns which part of a title is shown: at most that many graphemes, with
// what is at byte first in it, and at most a third of them in front of it.
func cutAround(title string, first, graphemes int) (from, to int) {
	if len(title) <= graphemes {
		return 0, len(title)
	}
	starts := make([]int, graphemes) // where the last graphemes in front of the match begin
	n := 0
	at := boundaryBefore(title, first-64*graphemes) // a title may be a megabyte long
	rest, state := title[at:], -1
	for len(rest) > 0 {
		cluster, next, _, s := uniseg.StepString(rest, state)
		if at+len(cluster) > first {
			break
		}
		starts[n%graphemes] = at
		n++
		at, rest, state = at+len(cluster), next, s
	}
	back := func(graphemes int) int { // the place that many graphemes in front of the match
		if graphemes == 0 {
			return at
		}
		return starts[(n-graphemes)%len(starts)]
	}
	before := min(n, graphemes/3)
	from = back(before)
	to, left := end(title, from, graphemes)
	if more := min(left, min(n, graphemes)-before); more > 0 { // there is room in front
		from = back(before + more)
	}
	return from, to
}

// boundaryBefore returns a place at or before a byte where a grapheme begins: between
// two printable characters of ASCII there always is one. Where there is none near, it is
// the beginning.
func boundaryBefore(title string, at int) int {
	printable := func(c byte) bool { return ' ' <= c && c < 0x7f }
	for ; at > 0; at-- {
		if printable(title[at-1]) && printable(title[at]) {
			return at
		}
	}
	return 0
}

// end returns the place that many graphemes behind a byte, and how many of them the title
// is too short for.
func end(title string, from, graphemes int) (to, left int) {
	rest, state := title[from:], -1
	for ; graphemes > 0 && len(rest) > 0; graphemes-- {
		_, rest, _, state = uniseg.StepString(rest, state)
	}
	return len(title) - len(rest), graphemes
}

// within returns the parts of the ranges that lie in a part of the title, from its
// beginning on.
func within(ranges []query.Range, from, to int) []query.Range {
	out := ranges[:0]
	for _, r := range ranges {
		r.Start, r.End = max(r.Start, from)-from, min(r.End, to)-from
		if r.Start < r.End {
			out = append(out, r)
		}
	}
	return out
}

// offsets returns the ranges as pairs, in bytes or in units of UTF-16.
func offsets(title string, ranges []query.Range, utf16 bool) [][2]int {
	out := make([][2]int, len(ranges))
	at, units := 0, 0
	convert := func(to int) int {
		if !utf16 {
			return to
		}
		for at < to {
			r, size := utf8.DecodeRuneInString(title[at:])
			at += size
			if units++; r > 0xFFFF {
				units++
			}
		}
		return units
	}
	for i, r := range ranges {
		out[i] = [2]int{convert(r.Start), 0}
		out[i][1] = convert(r.End)
	}
	return slices.Clip(out)
}
