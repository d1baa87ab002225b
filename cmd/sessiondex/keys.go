package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/httpapi"
)

// grant is a credential and what it lets its bearer do.
type grant struct {
	secret    string
	bearer    bool // in Authorization, not in X-API-KEY
	principal httpapi.Principal
	// whole says that the principal sees everything.
	whole bool
}

// keyring lets in those who have a key. Its grants can be replaced while it is in use.
type keyring struct{ held atomic.Pointer[heldGrants] }

type heldGrants struct {
	hashes [][sha256.Size]byte
	grants []grant // without their secrets
}

// maxSecret bounds what is hashed of a request.
const maxSecret = 4096

var errNotLetIn = errors.New("no key that is known")

// replace makes these the grants that count.
func (k *keyring) replace(grants []grant) {
	h := &heldGrants{grants: slices.Clone(grants)}
	for i := range h.grants {
		h.hashes = append(h.hashes, sha256.Sum256([]byte(h.grants[i].secret)))
		h.grants[i].secret = ""
	}
	k.held.Store(h)
}

// authenticate is for httpapi.Options.
func (k *keyring) authenticate(r *http.Request) (httpapi.Principal, error) {
	g := k.find(r)
	if g == nil {
		return httpapi.Principal{}, errNotLetIn
	}
	return g.principal, nil
}

// find returns the grant of a request, nil if it has none. It compares with all of
// them, so that the time taken tells nothing.
func (k *keyring) find(r *http.Request) *grant {
	held := k.held.Load()
	key := presented(r.Header.Get("X-Api-Key"))
	token := presented("")
	if scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		token = presented(strings.Trim(text, " "))
	}
	found := -1
	for i := range held.hashes {
		sum := &key
		if held.grants[i].bearer {
			sum = &token
		}
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(held.hashes[i][:], sum[:]), i, found)
	}
	if found < 0 {
		return nil
	}
	return &held.grants[found]
}

func presented(secret string) [sha256.Size]byte {
	if len(secret) > maxSecret {
		secret = ""
	}
	return sha256.Sum256([]byte(secret))
}

// readGrants reads a key file: a key a line, then what it is for,
//
//	s3cr3t-key-1
//	s3cr3t-key-2  workspace=w1,w2 app=a1 name=ci
//
// and comments that # begins. A file without any key is a mistake.
func readGrants(path string) ([]grant, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var grants []grant
	lines := bufio.NewScanner(f)
	for number := 1; lines.Scan(); number++ {
		words, err := splitWords(lines.Text())
		if err == nil && len(words) > 0 {
			var g grant
			if g, err = parseGrant(words); err == nil {
				grants = append(grants, g)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(grants) == 0 {
		return nil, fmt.Errorf("%s: no keys in it", path)
	}
	return grants, nil
}

// parseGrant reads the words of a line. No error shows a key.
func parseGrant(words []string) (grant, error) {
	g := grant{secret: words[0], whole: true}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		var list *[]string
		switch name {
		case "workspace":
			list = &g.principal.Scope.WorkspaceIDs
		case "app":
			list = &g.principal.Scope.AppIDs
		default:
			return g, fmt.Errorf("%q is not known; a key may be followed by workspace=, app=", name)
		}
		if *list != nil {
			return g, fmt.Errorf("%s= stands twice; its values are separated by commas", name)
		}
		*list = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		if len(*list) == 0 {
			return g, fmt.Errorf("%s= has no value: the key would see nothing", name)
		}
		g.whole = false
	}
	return g, nil
}

// splitWords splits a line at white space outside single quotes, up to a word that
// begins with #.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, quoted := false, false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, begun = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == ' ' || r == '\t' || r == '\r':
			end()
		case r == '#' && !begun:
			return words, nil
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if quoted {
		return nil, errors.New("a quote (') is not closed")
	}
	end()
	return words, nil
}
