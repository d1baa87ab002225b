package query

import "slices"

// Hidden says how many sessions a listing leaves out only because they are sub-sessions or
// task runs, or have a hidden flag: those that meet all of its other conditions.
type Hidden struct {
	Total int `json:"total"`
	// By tells them apart by all the reasons that each has; there is no entry without
	// sessions.
	By []HiddenBy `json:"by"`
}

// HiddenBy is how many sessions are hidden for exactly these reasons: "sub_session",
// "task_run" and the names of hidden flags, in this order. To see them a query must
// include them all.
type HiddenBy struct {
	Reasons []string `json:"reasons"`
	Count   int      `json:"count"`
}

// For returns how many sessions are hidden for exactly these reasons.
func (h Hidden) For(reasons ...string) int {
	for _, by := range h.By {
		if slices.Equal(by.Reasons, reasons) {
			return by.Count
		}
	}
	return 0
}
