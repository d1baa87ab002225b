package httpapi

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// snapshotter is what a reader is that has versions, such as an engine.
type snapshotter interface {
	Snapshot() *sessiondex.Snapshot
}

// view returns the version to answer from and the entity tag of any answer made
// from it, "" if the reader has no versions. An engine is read through a
// snapshot, so that the tag and the page are of one version. For any other
// reader that tells its version, the version is read first: should the answer
// be of a later one, its tag does not match any more when it is next shown.
func (h *handler) view(x *exchange) (sessiondex.Reader, string) {
	r := h.reader
	if s, ok := r.(snapshotter); ok {
		r = s.Snapshot()
	}
	v, ok := r.(interface{ Version() uint64 })
	if !ok {
		return r, ""
	}
	return r, h.entityTag(v.Version(), x)
}

// entityTag hashes all that an answer is made from: the version, what the
// principal may see, and the request's path and parameters. The seed is this
// handler's own, since versions begin anew with each process. The tag is weak
// because it does not change with the content's encoding.
func (h *handler) entityTag(version uint64, x *exchange) string {
	var d maphash.Hash
	d.SetSeed(h.seed)
	maphash.WriteComparable(&d, version)
	for _, list := range [...][]string{x.principal.Scope.AppIDs, x.principal.Scope.WorkspaceIDs} {
		maphash.WriteComparable(&d, list == nil)
		maphash.WriteComparable(&d, len(list))
		for _, value := range list {
			maphash.WriteComparable(&d, value)
		}
	}
	maphash.WriteComparable(&d, x.r.URL.EscapedPath())
	maphash.WriteComparable(&d, x.r.URL.RawQuery)
	buf := make([]byte, 0, len(`W/"0123456789abcdef"`))
	buf = append(buf, `W/"`...)
	buf = strconv.AppendUint(buf, d.Sum64(), 16)
	return string(append(buf, '"'))
}

// notModified announces the tag and, if the client has shown it, answers with
// 304. With anyTag, "*" is a match too; it asks whether there is an answer at
// all, so the caller must know by then.
func (x *exchange) notModified(tag string, anyTag bool) bool {
	if tag == "" {
		return false
	}
	x.Header().Set("Etag", tag)
	if !matchesTag(x.r.Header.Values("If-None-Match"), tag, anyTag) {
		return false
	}
	x.WriteHeader(http.StatusNotModified)
	return true
}

// matchesTag compares weakly (RFC 9110, section 8.8.3.2). A tag has no quotes
// inside, so what stands between them can be searched for as a whole.
func matchesTag(headers []string, tag string, anyTag bool) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, header := range headers {
		if anyTag && strings.TrimSpace(header) == "*" || strings.Contains(header, opaque) {
			return true
		}
	}
	return false
}
