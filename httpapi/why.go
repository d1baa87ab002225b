package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sessiondex/sessiondex"
)

// idParam names the session that session-why is about.
const idParam = "id"

// why answers GET /api/v0/session-why: whether the listing has the session, and where, or
// which conditions keep it out.
func (h *handler) why(x *exchange) error {
	if h.source.whyer == nil {
		return x.notOffered("Whyer", "does not tell why")
	}
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	id, _ := take(v, idParam)
	snapshot, given := takeSnapshot(v)
	q, err := h.query(x, v)
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
	if _, err = from.getInScope(x.r.Context(), id, &x.principal.Scope); err == nil {
		if from.whyer == nil {
			return x.notOffered("Whyer", "does not tell why of a version")
		}
		var answer any
		if answer, err = from.whyer.WhyListed(x.r.Context(), q, id); err == nil {
			if x.notModified(true) {
				return nil
			}
			h.keep(x, &from)
			body, err := json.Marshal(answer)
			if err != nil {
				return err
			}
			return x.body(http.StatusOK, append(body, '\n'))
		}
	}
	if errors.Is(err, sessiondex.ErrNotFound) {
		x.untagged()
		x.Header().Del("Etag")
		return x.detail(http.StatusNotFound, "Session not found")
	}
	return x.faults(err)
}
