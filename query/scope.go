package query

// Scope is a filter that stands outside the query: what a principal may see. No
// parameter reaches it, and a listing, a total, a facet or a cursor outside it
// looks as if the sessions did not exist.
type Scope struct {
	// AppIDs and WorkspaceIDs keep the sessions that have one of the values. nil is
	// no restriction; an empty list that is not nil keeps nothing. Both must hold.
	// Values are compared exactly; "" is no value, and no session has it.
	AppIDs, WorkspaceIDs []string
}
