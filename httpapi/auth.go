package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// ErrAuthUnavailable is for Options.Authenticate to wrap when it cannot decide,
// for instance because a directory does not answer. The client gets a 503 in
// place of a 401, which would tell it to give up its key.
var ErrAuthUnavailable = errors.New("authentication is unavailable")

// errUnauthorized is what the built-in ways to authenticate return.
var errUnauthorized = errors.New("unauthorized")

// Principal is whom a request comes from.
type Principal struct {
	// Scope is what the principal may see; the zero Scope is everything.
	Scope Scope
}

// Scope is a filter that no request can leave: what lies outside it looks as if
// it did not exist.
type Scope = query.Scope

// inScope reports whether the principal may see the session.
func inScope(sc *Scope, s *sessiondex.Session) bool {
	// As in a listing, "" is no value, not one that a scope can name.
	holds := func(list []string, value string) bool {
		return list == nil || value != "" && slices.Contains(list, value)
	}
	return holds(sc.AppIDs, s.AppID) && holds(sc.WorkspaceIDs, s.WorkspaceID)
}

// authenticator returns the function that the options ask for.
func (o *Options) authenticator() func(*http.Request) (Principal, error) {
	switch {
	case o.Authenticate != nil:
		return o.Authenticate
	case o.AllowAnonymous:
		return func(*http.Request) (Principal, error) { return Principal{}, nil }
	}
	keys, tokens := newSecrets(o.APIKeys), newSecrets(o.BearerTokens)
	return func(r *http.Request) (Principal, error) {
		// Both are always looked at, so that the time taken tells nothing.
		key := keys.hold(r.Header.Get("X-Api-Key"))
		token := tokens.hold(bearerToken(r.Header.Get("Authorization")))
		if key|token != 1 {
			return Principal{}, errUnauthorized
		}
		return Principal{}, nil
	}
}

// bearerToken returns the token of an Authorization header, "" if it is of
// another scheme. The scheme's name has no case (RFC 9110, section 11.1).
func bearerToken(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.Trim(token, " ")
}

// secrets are the hashes of credentials. Comparing hashes makes the comparison
// independent of a credential's length and content.
type secrets [][sha256.Size]byte

func newSecrets(plain []string) secrets {
	hashes := make(secrets, len(plain))
	for i, p := range plain {
		hashes[i] = sha256.Sum256([]byte(p))
	}
	return hashes
}

// hold returns 1 if the credential is one of the secrets and 0 if not. The time
// it takes depends on the length of what was presented and on nothing else.
func (s secrets) hold(presented string) int {
	if len(presented) > maxCredential {
		presented = ""
	}
	sum := sha256.Sum256([]byte(presented))
	found := 0
	for i := range s {
		found |= subtle.ConstantTimeCompare(s[i][:], sum[:])
	}
	return found
}
