package main

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
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
		g := &h.grants[i]
		h.hashes = append(h.hashes, sha256.Sum256([]byte(g.secret)))
		if g.secret = ""; g.principal.Name == "" { // what each may hold of the server is its own
			g.principal.Name = fmt.Sprintf("listed key %d", i+1)
		}
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
	plainKey, plainToken := httpapi.Credentials(r)
	key, token := presented(plainKey), presented(plainToken)
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
//	s3cr3t-key-2  workspace=w1,w2 app=a1 default=w1 write name=ci where='owner=u7'
//
// and comments that # begins. A key without anything behind it sees everything; only
// those with the word write may write. A file without any key is a mistake.
func readGrants(path string, fields *schema.Schema) ([]grant, error) {
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
			if g, err = parseGrant(words, fields); err == nil {
				// What one holds of the server is counted by name.
				g.principal.Name = cmp.Or(g.principal.Name, fmt.Sprintf("line %d of the key file", number))
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
func parseGrant(words []string, fields *schema.Schema) (grant, error) {
	g := grant{secret: words[0]}
	p := &g.principal
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "write":
			p.Write = true
		case "workspace":
			err = setList(&p.Scope.WorkspaceIDs, name, value)
		case "app":
			err = setList(&p.Scope.AppIDs, name, value)
		case "default":
			err = setText(&p.Workspace, name, value)
		case "name":
			err = setText(&p.Name, name, value)
		case "where":
			var conds []query.Cond
			conds, err = scopeConds(value, fields)
			p.Scope.Where = append(p.Scope.Where, conds...)
		default:
			err = fmt.Errorf("%q is not known; a key may be followed by workspace=, app=, default=, where=, name= and write", name)
		}
		if err != nil {
			return g, err
		}
	}
	if p.Workspace != "" && p.Scope.WorkspaceIDs != nil && !slices.Contains(p.Scope.WorkspaceIDs, p.Workspace) {
		return g, fmt.Errorf("default=%s is not one of workspace=", p.Workspace)
	}
	g.whole = p.Scope.WorkspaceIDs == nil && p.Scope.AppIDs == nil && p.Scope.Where == nil
	return g, nil
}

func setList(list *[]string, name, value string) error {
	if *list != nil {
		return fmt.Errorf("%s= stands twice; its values are separated by commas", name)
	}
	if *list = strings.FieldsFunc(value, func(r rune) bool { return r == ',' }); len(*list) == 0 {
		return fmt.Errorf("%s= has no value: the key would see nothing", name)
	}
	return nil
}

func setText(text *string, name, value string) error {
	if *text != "" || value == "" {
		return fmt.Errorf("%s= wants one value", name)
	}
	*text = value
	return nil
}

// scopeConds reads a condition as a request has it, such as owner=u7 or cost[lt]=5.
func scopeConds(text string, fields *schema.Schema) ([]query.Cond, error) {
	name, value, ok := strings.Cut(text, "=")
	field, _, _ := strings.Cut(name, "[")
	row := fields.Lookup(field)
	if !ok || row == nil {
		return nil, fmt.Errorf("where=%q: write it as field=value or field[operator]=value, of a field that there is", text)
	}
	q, err := query.ParseStrictWith(fields, url.Values{name: {value}})
	if err != nil {
		return nil, fmt.Errorf("where=%q: %w", text, err)
	}
	conds := q.Where
	for _, list := range []struct {
		field  string
		values []string
	}{
		{"state", q.States}, {"source_channel", q.SourceChannels}, {"session_type", q.SessionTypes}, {"trigger_type", q.TriggerTypes},
		{"app_id", nonEmpty(q.AppID)}, {"workspace_id", nonEmpty(q.WorkspaceID)}, {"aop_asset_id", nonEmpty(q.AOPAssetID)}, {"parent_session_id", nonEmpty(q.ParentSessionID)},
	} {
		if len(list.values) > 0 {
			conds = append(conds, query.In(list.field, list.values...))
		}
	}
	if len(conds) == 0 {
		return nil, fmt.Errorf("where=%q holds for every session", text)
	}
	return conds, nil
}

func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
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
