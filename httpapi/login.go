package httpapi

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	loginPath  = "/api/v0/login"
	logoutPath = "/api/v0/logout"

	loginLifetime = 12 * time.Hour
)

// A browser's EventSource cannot send a key. A login takes the credentials of its own
// request, or a key in its body, and gives them back sealed, as a cookie that scripts
// cannot read and other sites' pages cannot have sent. With each request they are looked
// at anew: who is let in no more, is out.

// login answers POST /api/v0/login.
func (h *handler) login(x *exchange) error {
	if x.r.Header.Get("Content-Type") != "" {
		body, ok, err := h.jsonBody(x, "application/json")
		if !ok {
			return err
		}
		// Some clients name the type of a body that they leave out.
		var given struct {
			Key string `json:"key"`
		}
		if err := json.Unmarshal(body, &given); err != nil && len(body) > 0 {
			return x.detail(http.StatusBadRequest, "The body must be a JSON object with a key")
		}
		if given.Key != "" {
			x.r.Header.Set("X-Api-Key", given.Key)
		}
	}
	if _, err := h.authenticate(x.r); err != nil {
		return h.unauthorized(x, err)
	}
	ends := time.Now().Add(loginLifetime)
	sealed := h.seal.append(nil, strings.Join([]string{
		strconv.FormatInt(ends.Unix(), 10), x.r.Header.Get("X-Api-Key"), x.r.Header.Get("Authorization"),
	}, "\n"))
	h.setCookie(x, string(sealed), int(loginLifetime/time.Second))
	x.WriteHeader(http.StatusNoContent)
	return nil
}

// logout answers POST /api/v0/logout.
func (h *handler) logout(x *exchange) error {
	h.setCookie(x, "", -1)
	x.WriteHeader(http.StatusNoContent)
	return nil
}

// loginCookie names the cookie by the port that the browser asks: cookies do not tell
// ports apart, and two servers on one host would log each other out.
func loginCookie(r *http.Request) string {
	name := "sessiondex_login"
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		name += "_" + port
	}
	return name
}

func (h *handler) setCookie(x *exchange, value string, maxAge int) {
	path := h.base
	if path == "" {
		path = "/"
	}
	http.SetCookie(x, &http.Cookie{
		Name: loginCookie(x.r), Value: value, Path: path, MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// Trusted though any client can send it: a forged header only keeps the forger's
		// own cookie from plain HTTP.
		Secure: x.r.TLS != nil || strings.EqualFold(x.r.Header.Get("X-Forwarded-Proto"), "https"),
	})
}

// loggedIn returns the request with the credentials of its login cookie, unless it has
// credentials of its own.
func (h *handler) loggedIn(r *http.Request) *http.Request {
	if !h.logins || r.Header.Get("X-Api-Key") != "" || r.Header.Get("Authorization") != "" {
		return r
	}
	// A page of a neighbouring host may set a cookie of this name too: the one that this
	// handler sealed counts, wherever it stands.
	for _, cookie := range r.CookiesNamed(loginCookie(r)) {
		parts := strings.Split(h.seal.open(cookie.Value), "\n")
		if len(parts) != 3 {
			continue
		}
		if ends, err := strconv.ParseInt(parts[0], 10, 64); err != nil || time.Now().Unix() >= ends {
			continue
		}
		with := r.Clone(r.Context())
		for i, name := range []string{"X-Api-Key", "Authorization"} {
			if parts[i+1] != "" {
				with.Header.Set(name, parts[i+1])
			}
		}
		return with
	}
	return r
}

// unauthorized answers for credentials that are missing or wrong.
func (h *handler) unauthorized(x *exchange, err error) error {
	if errors.Is(err, ErrAuthUnavailable) {
		return err
	}
	x.Header().Set("WWW-Authenticate", "Bearer")
	return x.detail(http.StatusUnauthorized, "Missing or invalid credentials")
}

// exposed are the headers of answers that pages of allowed origins may read.
const exposed = "ETag, Link, Location, Retry-After, X-Next-Cursor, X-Request-Id, X-Snapshot"

// shareWith lets the page of an allowed origin read the answer (CORS), and reports
// whether the request only asked whether it may be sent.
func (h *handler) shareWith(x *exchange) (preflight bool) {
	if len(h.origins) == 0 {
		return false
	}
	header := x.Header()
	header.Add("Vary", "Origin")
	origin := x.r.Header.Get("Origin")
	if !slices.Contains(h.origins, origin) {
		return false
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Expose-Headers", exposed)
	if x.r.Method != http.MethodOptions || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, Traceparent, X-API-KEY, X-Request-Id")
	header.Set("Access-Control-Max-Age", "600")
	x.WriteHeader(http.StatusNoContent)
	return true
}
