package httpapi

import (
	"cmp"
	"sync"
)

// streamQuota bounds the event streams, and shares them among principals: one may open
// another as long as it has fewer than there are left. So a single principal cannot take
// them all, and whoever comes later still gets some.
type streamQuota struct {
	max    int
	single bool // there is but one principal

	mu    sync.Mutex
	total int
	held  map[string]int
}

func newStreamQuota(o *Options) *streamQuota {
	return &streamQuota{
		max:    cmp.Or(o.MaxStreams, DefaultMaxStreams),
		single: o.AllowAnonymous || o.Authenticate == nil && len(o.APIKeys)+len(o.BearerTokens) == 1,
		held:   make(map[string]int),
	}
}

// group names those whose watches are bounded together: a principal's, if there are others.
func (q *streamQuota) group(principal string) string {
	if q.single {
		return ""
	}
	return principal
}

// open takes a place for the principal, or reports that there is none for it.
func (q *streamQuota) open(principal string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if left := q.max - q.total; left <= 0 || !q.single && q.held[principal] >= left {
		return false
	}
	q.total++
	q.held[principal]++
	return true
}

// close gives a place back.
func (q *streamQuota) close(principal string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.total--
	if q.held[principal]--; q.held[principal] == 0 {
		delete(q.held, principal)
	}
}
