package query

// Hidden says how many sessions a listing leaves out only because they are
// sub-sessions or task runs: those that meet all of its other conditions. It is
// all zero if both are included.
type Hidden struct {
	// SubSessions are sub-sessions and no task runs, which include_sub_sessions
	// alone would bring in; TaskRuns are task runs and no sub-sessions, which
	// include_task_sessions alone would bring in.
	SubSessions int `json:"sub_session"`
	TaskRuns    int `json:"task_run"`
	// Both are both at once, and need both.
	Both int `json:"both"`
}

// Total returns how many sessions are hidden in all.
func (h Hidden) Total() int { return h.SubSessions + h.TaskRuns + h.Both }
