package httpapi

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// requestIDHeader names a request, in the answer and in the log. A client or a proxy may
// choose the name.
const requestIDHeader = "X-Request-Id"

// maxRequestID is the longest id that is taken from a request.
const maxRequestID = 128

// requestID returns the id that the request has, or a new one if it has none that is fit
// for a log. Only letters, digits and a few signs are: others could forge a line.
func requestID(header http.Header) string {
	given := header.Get(requestIDHeader)
	if given != "" && len(given) <= maxRequestID && !strings.ContainsFunc(given, unfitForID) {
		return given
	}
	// The id only has to differ from others. It is no secret.
	var buf [32]byte
	id := strconv.AppendUint(buf[:0], rand.Uint64()|1<<63, 16)
	return string(strconv.AppendUint(id, rand.Uint64()|1<<63, 16))
}

func unfitForID(r rune) bool { return notUnreserved(r) && !strings.ContainsRune("+/=:@", r) }

// traceOf returns the ids of the trace and of the caller's span from a traceparent header
// (W3C Trace Context, level 1), "" if there is none or it is malformed. Versions after 00
// may have more fields.
func traceOf(header http.Header) (trace, span string) {
	all := header["Traceparent"]
	if len(all) != 1 {
		return "", ""
	}
	version, rest, _ := strings.Cut(all[0], "-")
	trace, rest, _ = strings.Cut(rest, "-")
	span, flags, ok := strings.Cut(rest, "-")
	flags, more, hasMore := strings.Cut(flags, "-")
	valid := ok && isLowerHex(version, 2) && version != "ff" && isLowerHex(trace, 32) && isLowerHex(span, 16) && isLowerHex(flags, 2) &&
		strings.Trim(trace, "0") != "" && strings.Trim(span, "0") != "" && (version != "00" || !hasMore && more == "")
	if !valid {
		return "", ""
	}
	return trace, span
}

func isLowerHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

// logged appends what tells a request from others in the log.
func (x *exchange) logged(attrs ...slog.Attr) []slog.Attr {
	attrs = append(attrs, slog.String("method", x.r.Method), slog.String("path", loggedPath(x.r)),
		slog.String("request_id", x.idHeader[0]), slog.String("client", x.r.RemoteAddr))
	if trace, span := traceOf(x.r.Header); trace != "" {
		attrs = append(attrs, slog.String("trace_id", trace), slog.String("parent_id", span))
	}
	return attrs
}

// loggedPath is the path as it was sent, cut, and without the query.
func loggedPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	return path[:min(len(path), 256)]
}
