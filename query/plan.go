package query

// Plan says how a query was or would be answered. String prints it for people.
type Plan struct{}
