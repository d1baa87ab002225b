package query

import (
	"fmt"
	"strings"
	"time"
)

// Plan says how a query was answered, and why so. String prints it for people.
type Plan struct {
	Method Method
	// SortBy and SortDirection are the order of the listing.
	SortBy        SortField
	SortDirection Direction
	// Reason is why the method was chosen, in words.
	Reason string
	// Conditions are the parts of the filter with the number of sessions that
	// satisfy each, in the order in which they are looked up.
	Conditions []Condition
	// Hidden says what the listing leaves out by default; "" if nothing.
	Hidden string
	// Titles says how the keyword was searched; zero without one.
	Titles TitleStats
	// Matches is the form that the matches had: "positions", "list" or "bits".
	Matches string
	// Within is the parameter whose value the order belongs to, such as "app_id"; ""
	// for an order of all sessions.
	Within string
	// Sessions is how many there are in the version that answered.
	Sessions int
	// Total is the number of matches, Examined how many sessions were looked at
	// one by one to make the page, Returned how many the page has.
	Total, Examined, Returned int

	// Steps are the parts of the work in the order in which they were done, with what
	// each took; only of a plan that Explain made. Timings prints them; String leaves them out, so that equal plans print alike.
	Steps []Step
}

// Condition is one part of a filter.
type Condition struct {
	// Param is the parameter that it comes from.
	Param string
	// Values are what the parameter asks for.
	Values []string
	// Sessions is how many satisfy this condition alone, -1 if that was not worth
	// finding out.
	Sessions int
}

// TitleStats says how the titles were searched.
type TitleStats struct {
	Segments int  // segments searched
	Terms    int  // dictionary terms that contain the keyword or a part of it
	Verified int  // candidates whose title was read
	Scanned  int  // titles that were scanned: not sealed yet, or too long to be indexed
	Cached   bool // the matches were known, or brought up to date; the rest says how they were found
}

// Method is a way of making a page.
type Method string

// The ways. All give the same page; they differ in cost.
const (
	// Auto lets the planner choose.
	Auto Method = ""
	// Nothing: no session matches, or the page lies past the last one.
	Nothing Method = "nothing"
	// Rank takes the page by position out of an order that holds nothing else
	// than the matches.
	Rank Method = "rank"
	// Gather reads the sort key of every match and selects the page.
	Gather Method = "gather"
	// Walk goes along the sort order and tests each session.
	Walk Method = "walk"
)

// Step is a part of the work for a page.
type Step struct {
	// Name is "conditions" (look up the sets of the filter), "titles" (search the
	// keyword), "intersect" (find the matches and count them) or "page" (cut the page
	// out of them).
	Name     string
	Duration time.Duration
	// Rows are, in this order of steps: the sessions that the rarest condition
	// leaves, the titles that match, the matches, the sessions examined for the page.
	Rows int
	// EstimatedRows is, for the matches, the number that there would be if the
	// conditions had nothing to do with each other; -1 for other steps.
	EstimatedRows int
}

// String prints the plan, a line for each step.
func (p Plan) String() string {
	var b strings.Builder
	direction := "ascending"
	if p.SortDirection == Desc {
		direction = "descending"
	}
	fmt.Fprintf(&b, "%s: %s\n", p.Method, p.Reason)
	fmt.Fprintf(&b, "  order     %s, %s", p.SortBy, direction)
	if p.Within != "" {
		fmt.Fprintf(&b, ", within %s", p.Within)
	}
	b.WriteByte('\n')
	if p.Hidden != "" {
		fmt.Fprintf(&b, "  hidden    %s\n", p.Hidden)
	}
	for _, c := range p.Conditions {
		if c.Param == "kind" {
			continue // said by Hidden
		}
		fmt.Fprintf(&b, "  filter    %s", c.Param)
		if len(c.Values) > 0 {
			fmt.Fprintf(&b, " %s", quoteSome(c.Values))
		}
		if c.Sessions < 0 {
			b.WriteString(": not looked up\n")
		} else {
			fmt.Fprintf(&b, ": %d of %d\n", c.Sessions, p.Sessions)
		}
	}
	if t := p.Titles; t != (TitleStats{}) {
		fmt.Fprintf(&b, "  titles    %d segments, %d terms, %d candidates verified, %d titles scanned", t.Segments, t.Terms, t.Verified, t.Scanned)
		if t.Cached {
			b.WriteString(", known before")
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  matches   %d of %d", p.Total, p.Sessions)
	if p.Total > 0 {
		fmt.Fprintf(&b, ", as %s", p.Matches)
	}
	fmt.Fprintf(&b, "\n  page      %d returned, %d examined", p.Returned, p.Examined)
	return b.String()
}

// Timings prints the steps, a line for each: what each took, and how many sessions it
// dealt with.
func (p Plan) Timings() string {
	var b strings.Builder
	for i, s := range p.Steps {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%-10s  %9s", s.Name, tenths(s.Duration))
		switch s.Name {
		case "conditions":
			fmt.Fprintf(&b, ", %d of %d sessions left by the rarest", s.Rows, p.Sessions)
		case "titles":
			fmt.Fprintf(&b, ", %d found", s.Rows)
		case "intersect":
			fmt.Fprintf(&b, ", %d matches", s.Rows)
		case "page":
			fmt.Fprintf(&b, ", %d examined", s.Rows)
		}
		if s.EstimatedRows >= 0 {
			fmt.Fprintf(&b, ", %d if the conditions were independent", s.EstimatedRows)
		}
	}
	return b.String()
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1e3) }

// quoteSome quotes the first few values.
func quoteSome(values []string) string {
	const most = 5
	var b strings.Builder
	for i, v := range values {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(values)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if len(v) > 60 {
			v = strings.ToValidUTF8(v[:60], "") + "…"
		}
		fmt.Fprintf(&b, "%q", v)
	}
	return b.String()
}
