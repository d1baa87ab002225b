package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Facet is a member that matches are counted by.
type Facet string

// The facets.
const (
	FacetState         Facet = "state"
	FacetSourceChannel Facet = "source_channel"
	FacetSessionType   Facet = "session_type"
	FacetTrigger       Facet = "trigger_type"
	FacetApp           Facet = "app_id"
	FacetWorkspace     Facet = "workspace_id"
	// FacetKind tells top-level sessions, sub-sessions and task runs apart.
	FacetKind Facet = "kind"
	// FacetCreated is the month of creation or, if so asked, the day, in UTC.
	FacetCreated Facet = "created"
)

// AllFacets returns the names of all facets, those first that are counted unless
// others are named: all but FacetWorkspace.
func AllFacets() []Facet {
	return []Facet{
		FacetState, FacetSourceChannel, FacetSessionType, FacetTrigger, FacetApp, FacetKind, FacetCreated, FacetWorkspace,
	}
}

// DefaultTop is how many values a facet of many values lists, and MaxTop how many
// it can be made to.
const (
	DefaultTop = 20
	MaxTop     = 10_000
)

// FacetOptions say what to count. The zero value counts by everything but the
// workspace.
type FacetOptions struct {
	// Only names the facets; empty means all but FacetWorkspace. Naming one twice
	// changes nothing.
	Only []Facet
	// Top is how many of the most frequent applications and workspaces are listed;
	// 0 means DefaultTop.
	Top int
	// Days counts by day of creation instead of by month.
	Days bool
}

// Validate returns nil, or an *Error that lists everything that is wrong: an
// unknown facet (parameter "facet"), a Top out of range ("top").
func (o FacetOptions) Validate() error {
	var faults []Fault
	for _, name := range o.Only {
		if !slices.Contains(AllFacets(), name) {
			var known []string
			for _, f := range AllFacets() {
				known = append(known, "'"+string(f)+"'")
			}
			message := "Input should be " + strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
			faults = append(faults, newFault("facet", typeEnum, message, string(name)))
		}
	}
	switch top := strconv.Itoa(o.Top); {
	case o.Top < 0:
		faults = append(faults, newFault("top", typeAtLeast, "Input should be greater than or equal to 1", top))
	case o.Top > MaxTop:
		faults = append(faults, newFault("top", typeAtMost, fmt.Sprintf("Input should be less than or equal to %d", MaxTop), top))
	}
	if len(faults) > 0 {
		return &Error{Faults: faults}
	}
	return nil
}
