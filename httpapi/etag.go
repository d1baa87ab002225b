package httpapi

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
)

// versionTag returns the entity tag of any answer made from a version, "" where an answer
// gets a hash of its body instead: where the reader has no versions, and where the
// principal is scoped, since a version counts writes that it must not learn of.
func (h *handler) versionTag(from *source, x *exchange) string {
	if !from.versioned || x.principal.scoped() {
		return ""
	}
	return h.entityTag(from.version, x)
}

// entityTag hashes all that an answer is made from: the version, and the request's path
// and parameters. The seed is this handler's own, since versions begin anew with each
// process. The tag is weak because it does not change with the content's encoding.
func (h *handler) entityTag(version uint64, x *exchange) string {
	var d maphash.Hash
	d.SetSeed(h.seed)
	maphash.WriteComparable(&d, version)
	maphash.WriteComparable(&d, x.r.URL.EscapedPath())
	maphash.WriteComparable(&d, x.r.URL.RawQuery)
	return weakTag(d.Sum64())
}

func weakTag(hash uint64) string {
	buf := make([]byte, 0, len(`W/"0123456789abcdef"`))
	buf = append(buf, `W/"`...)
	buf = strconv.AppendUint(buf, hash, 16)
	return string(append(buf, '"'))
}

// bodyTag is the entity tag of an answer with this body.
func bodyTag(seed maphash.Seed, body []byte) string { return weakTag(maphash.Bytes(seed, body)) }

// tagged says what the entity tag of the answer is; "" for the hash of its body.
func (x *exchange) tagged(tag string) { x.tag, x.tagBody = tag, tag == "" }

// untagged says that the answer has no entity tag.
func (x *exchange) untagged() { x.tag, x.tagBody = "", false }

// notModified announces the tag, if it is known by now, and if the client has shown it
// answers with 304. With anyTag, "*" is a match too; it asks whether there is an answer at
// all, so the caller must know by then.
func (x *exchange) notModified(anyTag bool) bool {
	if x.tag == "" {
		return false
	}
	x.Header().Set("Etag", x.tag)
	if !matchesTag(x.r.Header.Values("If-None-Match"), x.tag, anyTag) {
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
