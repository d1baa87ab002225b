package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex/query"
)

// ErrAuthUnavailable is for Options.Authenticate to wrap when it cannot decide,
// for instance because a directory does not answer. The client gets a 503 in
// place of a 401, which would tell it to give up its key.
var ErrAuthUnavailable = errors.New("authentication is unavailable")

// ErrUnavailable is for a reader or a Writer to wrap when it cannot answer at the moment,
// for instance because it is behind what it follows. The client gets a 503.
var ErrUnavailable = errors.New("temporarily unavailable")

// errUnauthorized is what the built-in ways to authenticate return.
var errUnauthorized = errors.New("unauthorized")

// Principal is whom a request comes from.
type Principal struct {
	// Name tells principals apart: what one holds of the server (snapshots, streams) is
	// bounded by it. Principals without a name are the same if their scopes are.
	Name string
	// Scope is what the principal may see; the zero Scope is everything.
	Scope Scope
	// Workspace is used where a request names no workspace_id; "" for none. Others in
	// the scope are still there on request.
	Workspace string
	// Write lets the principal write within its scope.
	Write bool
}

// Scope is a filter that no request can leave: what lies outside it looks as if
// it did not exist.
type Scope = query.Scope

// scoped reports whether there is anything that the principal may not see.
func (p *Principal) scoped() bool {
	return p.Scope.AppIDs != nil || p.Scope.WorkspaceIDs != nil || len(p.Scope.Where) > 0
}

// key is the same for two requests of the same principal with the same scope.
func (p *Principal) key() string {
	scope := p.Scope.Clone()
	for _, list := range [...]*[]string{&scope.AppIDs, &scope.WorkspaceIDs} {
		if *list != nil {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
	}
	canonical := query.Query{Scope: scope}.AppendCanonical(append([]byte(p.Name), 0))
	return string(canonical)
}

// authenticator returns the function that the options ask for.
func (o *Options) authenticator() func(*http.Request) (Principal, error) {
	switch {
	case o.Authenticate != nil:
		return o.Authenticate
	case o.AllowAnonymous:
		return func(*http.Request) (Principal, error) { return Principal{Write: true}, nil }
	}
	keys, tokens := newSecrets(o.APIKeys), newSecrets(o.BearerTokens)
	return func(r *http.Request) (Principal, error) {
		// Both are always looked at, so that the time taken tells nothing.
		presentedKey, presentedToken := Credentials(r)
		key, keyName := keys.hold(presentedKey)
		token, tokenName := tokens.hold(presentedToken)
		switch {
		case key == 1:
			return Principal{Name: "key " + keyName, Write: true}, nil
		case token == 1:
			return Principal{Name: "token " + tokenName, Write: true}, nil
		}
		return Principal{}, errUnauthorized
	}
}

// Credentials returns the key of X-API-KEY and the token of "Authorization: Bearer" of a
// request, "" where there is none, for an Options.Authenticate of one's own.
func Credentials(r *http.Request) (key, token string) {
	// The scheme's name has no case (RFC 9110, section 11.1).
	if scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		token = strings.Trim(text, " ")
	}
	return r.Header.Get("X-Api-Key"), token
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

// hold returns 1 if the credential is one of the secrets, with a name for it that does
// not betray it, and 0 if not. The time it takes depends on the length of what was
// presented and on nothing else.
func (s secrets) hold(presented string) (found int, name string) {
	if len(presented) > maxCredential {
		presented = ""
	}
	sum := sha256.Sum256([]byte(presented))
	at := 0
	for i := range s {
		equal := subtle.ConstantTimeCompare(s[i][:], sum[:])
		found |= equal
		at = subtle.ConstantTimeSelect(equal, i, at)
	}
	return found, strconv.Itoa(at + 1)
}
