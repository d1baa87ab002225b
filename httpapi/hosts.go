package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hosts decides which host names are answered for. A web page can have its own name
// resolve to a loopback address (DNS rebinding) and then read what is served there; its
// requests still carry its name.
type hosts struct {
	names     []string // in lower case, without a port
	anonymous bool     // nothing but the name keeps pages of others out
}

func newHosts(o *Options) hosts {
	h := hosts{anonymous: o.AllowAnonymous}
	for _, name := range o.AllowedHosts {
		h.names = append(h.names, strings.ToLower(name))
	}
	return h
}

// allow reports whether a request for this host is answered.
func (h *hosts) allow(r *http.Request) bool {
	if len(h.names) == 0 && !(h.anonymous && arrivedOnLoopback(r)) {
		return true
	}
	host := strings.ToLower(hostname(r.Host))
	if slices.Contains(h.names, host) {
		return true
	}
	return arrivedOnLoopback(r) && isLoopbackName(host)
}

// arrivedOnLoopback reports whether the request's connection is to a loopback address.
func arrivedOnLoopback(r *http.Request) bool {
	address, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && address.IP.IsLoopback()
}

// hostname returns the name or address of a Host header, without port and brackets.
func hostname(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		hostPort = host
	}
	if inside, ok := strings.CutPrefix(hostPort, "["); ok {
		if address, ok := strings.CutSuffix(inside, "]"); ok {
			hostPort = address
		}
	}
	return strings.TrimSuffix(hostPort, ".")
}

func isLoopbackName(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// keepApart has browsers take an answer for nothing but what it says it is, and keep it
// from the pages of other sites.
func keepApart(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
}
