package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// document is the OpenAPI document as a tree.
type document map[string]any

func newDocument(t *testing.T, fields ...schema.Field) document {
	t.Helper()
	s, err := schema.New(fields...)
	require.NoError(t, err)
	var d document
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(s, nil), &d))
	return d
}

// documentFields are declared fields of every type and with every mark.
var documentFields = []schema.Field{
	{Name: "tags", Type: schema.Keyword}, {Name: "owner", Type: schema.Keyword, Sorted: true}, {Name: "archived", Type: schema.Flag, Hidden: true},
	{Name: "pinned", Type: schema.Flag}, {Name: "cost", Type: schema.Number, Sorted: true}, {Name: "tokens.in", Type: schema.Number},
	{Name: "due", Type: schema.Time}, {Name: "notes", Type: schema.Text},
}

// eachSchema runs a test with the fields of the contract, and with declared ones.
func eachSchema(t *testing.T, test func(t *testing.T, s *schema.Schema, fields []schema.Field)) {
	for name, fields := range map[string][]schema.Field{"contract": nil, "declared": documentFields} {
		s, err := schema.New(fields...)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { test(t, s, fields) })
	}
}

// everyParameter returns the parameters of a listing: those of package query, and each
// field with each operator of its type.
func everyParameter(s *schema.Schema) []string {
	names := query.Parameters(s)
	if len(s.Hidden()) == 0 {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "include" || name == "sort_first" })
	}
	for r := range s.Rows() {
		for _, word := range query.Operators(r.Type) {
			names = append(names, r.Name+"["+word+"]")
		}
	}
	return append(names, "ids[eq]", "ids[prefix]")
}

// at walks down the names, following references; it returns nil if there is no such node.
func (d document) at(names ...string) map[string]any {
	node := map[string]any(d)
	for _, name := range names {
		next, _ := node[name].(map[string]any)
		node = d.resolve(next)
	}
	return node
}

func (d document) resolve(node map[string]any) map[string]any {
	for node["$ref"] != nil {
		names := strings.Split(strings.TrimPrefix(node["$ref"].(string), "#/"), "/")
		node = d.at(names...)
	}
	return node
}

// get returns the GET operation of a path.
func (d document) get(path string) map[string]any { return d.at("paths", path, "get") }

// parameters returns an operation's parameters of one place, by name.
func (d document) parameters(path, in string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, p := range d.get(path)["parameters"].([]any) {
		p := d.resolve(p.(map[string]any))
		if p["in"] == in {
			p["schema"] = d.resolve(p["schema"].(map[string]any))
			found[p["name"].(string)] = p
		}
	}
	return found
}

// properties returns the members of a schema, and checks that all but the optional ones
// are required.
func (d document) properties(t *testing.T, schema string, optional ...string) []string {
	t.Helper()
	s := d.at("components", "schemas", schema)
	names := slices.Sorted(maps.Keys(s["properties"].(map[string]any)))
	var required []string
	for _, name := range s["required"].([]any) {
		required = append(required, name.(string))
	}
	assert.ElementsMatch(t, names, slices.Concat(required, optional), schema)
	return names
}

const (
	getPath   = "/api/v0/sessions/{session_id}"
	facetPath = "/api/v0/session-facets"
)

// fullQuery has everything set that a request can reach without declared fields.
var fullQuery = query.Query{
	Keyword: "k", Match: query.MatchWords, Typing: true, Typos: true, SearchIn: []string{"notes", "title"}, States: []string{"s"}, SourceChannels: []string{"c"}, SessionTypes: []string{"t"}, TriggerTypes: []string{"r"},
	AppID: "a", WorkspaceID: "w", AOPAssetID: "o", ParentSessionID: "p", IDs: []string{"i"}, IDPrefix: "i", Kinds: []query.Kind{query.Both}, IncludeSubSessions: true, IncludeTaskSessions: true,
	CreatedAfter: day(1), CreatedBefore: day(2), UpdatedAfter: day(3), UpdatedBefore: day(4), Where: []query.Cond{query.Prefix("state", "s")},
	SortBy: query.Title, SortDirection: query.Asc, Limit: 7, Offset: 3, Cursor: "x",
}

// concretePath turns a path of the document into a request about the session "report", to
// which parameters can be appended.
func concretePath(path string) string {
	path = strings.Replace(path, "{session_id}", "report", 1)
	if path == whyPath {
		return path + "?id=report&"
	}
	return path + "?"
}

func TestDocumentPathsAreTheHandlers(t *testing.T) {
	d := newDocument(t)
	assert.Equal(t, "3.1.0", d["openapi"])
	assert.ElementsMatch(t, []string{listPath, getPath, facetPath, eventsPath, viewPath, whyPath, exportPath}, slices.Collect(maps.Keys(d.at("paths"))))
	s := start(t, few()...)
	for path := range d.at("paths") {
		assert.Equal(t, []string{"get"}, slices.Collect(maps.Keys(d.at("paths", path))))
		concrete := concretePath(path)
		assert.Equal(t, http.StatusOK, s.do(t, "HEAD", concrete, "X-API-KEY", key).status, path)
	}
	a := s.do(t, "GET", "/openapi.json")
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	assert.Equal(t, string(httpapi.OpenAPI(nil, nil)), string(a.body))
}

// The handler's parameters are those of package query and those that strict mode takes.
func TestDocumentParametersAreTheHandlers(t *testing.T) {
	eachSchema(t, func(t *testing.T, fields *schema.Schema, declared []schema.Field) {
		d := newDocument(t, declared...)
		known := everyParameter(fields)
		assert.Subset(t, known, slices.Collect(maps.Keys(fullQuery.Values())))
		members := reflect.ValueOf(fullQuery)
		for i := range members.NumField() {
			name := members.Type().Field(i).Name
			assert.Equal(t, slices.Contains([]string{"Include", "SortFirst", "Scope"}, name), members.Field(i).IsZero(), "fullQuery.%s", name)
		}
		assert.ElementsMatch(t, append([]string{"snapshot", "suggest"}, known...), slices.Collect(maps.Keys(d.parameters(listPath, "query"))))

		// A watched window is given by an offset, not by a cursor.
		watched := slices.DeleteFunc(slices.Clone(known), func(name string) bool { return name == "cursor" })
		assert.ElementsMatch(t, append([]string{"min_interval", "fields"}, watched...), slices.Collect(maps.Keys(d.parameters(eventsPath, "query"))))

		// The others have the parameters of a listing and their own.
		counting := []string{"facet", "facet_query", "top", "period"}
		for path, own := range map[string][]string{
			viewPath: append([]string{"title_max", "fields", "offsets", "bars"}, counting...), whyPath: {"id"}, exportPath: {"format"},
		} {
			assert.ElementsMatch(t, slices.Concat(known, own, []string{"snapshot"}), slices.Collect(maps.Keys(d.parameters(path, "query"))), path)
		}
		assert.Contains(t, d.parameters(eventsPath, "header"), "Last-Event-ID")

		// Counting has neither order nor page; the rest is the same.
		filters := slices.DeleteFunc(slices.Clone(known), func(name string) bool {
			return slices.Contains([]string{"sort_by", "sort_direction", "limit", "offset", "cursor"}, name)
		})
		facets := d.parameters(facetPath, "query")
		assert.ElementsMatch(t, slices.Concat(filters, counting, []string{"snapshot"}), slices.Collect(maps.Keys(facets)))
		for name, p := range facets {
			if !slices.Contains(counting, name) {
				assert.Equal(t, d.parameters(listPath, "query")[name], p)
			}
		}
		assert.Empty(t, d.parameters(getPath, "query"))
		assert.Len(t, d.parameters(getPath, "path"), 1)

		s := serve(t, newHandler(t, newFieldEngine(t, declared, few()...), httpapi.Options{Strict: true}), nil)
		for _, name := range known {
			for _, fault := range s.get(t, listPath+"?"+url.QueryEscape(name)+"=x&match=words").faultsOrNone(t) {
				assert.NotEqual(t, "extra_forbidden", fault, name)
			}
		}
		for _, name := range []string{"top", "period"} {
			params, types := s.get(t, facetPath+"?"+name+"=-").faults(t)
			assert.Equal(t, []string{name}, params)
			assert.NotEqual(t, []string{"extra_forbidden"}, types)
		}
		for _, name := range append(counting, "other", "Limit", "page", "q", "state[gte]", "nothing[eq]") {
			_, types := s.get(t, listPath+"?"+url.QueryEscape(name)+"=1").faults(t)
			assert.Equal(t, []string{"extra_forbidden"}, types, name)
		}
	})
}

// newFieldEngine is newEngine with declared fields.
func newFieldEngine(t *testing.T, fields []schema.Field, sessions ...sessiondex.Session) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{Fields: fields})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	require.NoError(t, e.Put(context.Background(), sessions...))
	return e
}

// faultsOrNone returns the types of the faults, or nil for a page.
func (a answer) faultsOrNone(t *testing.T) []string {
	t.Helper()
	if a.status == http.StatusOK {
		return nil
	}
	_, types := a.faults(t)
	return types
}

// The handler accepts what a schema allows, refuses what lies beyond its bounds, and has
// the documented defaults.
func TestDocumentTypesAndBoundsHold(t *testing.T) {
	eachSchema(t, func(t *testing.T, fields *schema.Schema, declared []schema.Field) {
		d := newDocument(t, declared...)
		b := boundsTest{t, serve(t, newHandler(t, newFieldEngine(t, declared, many(600)...), httpapi.Options{}), nil), fields, ""}
		b.plain = string(b.s.get(t, listPath).body)
		for name, p := range d.parameters(listPath, "query") {
			if name == "snapshot" {
				continue // a token, which no schema can describe
			}
			assert.Equal(t, false, p["required"])
			assert.NotEmpty(t, p["description"])
			form := p["schema"].(map[string]any)
			if def, ok := form["default"]; ok {
				assert.Equal(t, b.plain, string(b.ask(name, fmt.Sprint(def)).body), "default of %s", name)
			}
			if form["type"] == "array" {
				assert.Equal(t, "form", p["style"])
				assert.Equal(t, true, p["explode"])
				b.many(name, d.resolve(form["items"].(map[string]any)))
				continue
			}
			b.one(name, form)
		}
		limit := d.parameters(listPath, "query")["limit"]["schema"].(map[string]any)
		assert.EqualValues(t, query.DefaultLimit, limit["default"])
		assert.EqualValues(t, query.MaxLimit, limit["maximum"])
	})
}

// boundsTest asks a server for what the document allows, and for what it does not.
type boundsTest struct {
	t      *testing.T
	s      *server
	fields *schema.Schema
	plain  string // the default listing
}

func (b *boundsTest) ask(name, value string) answer {
	v := url.Values{name: {value}}
	if slices.Contains([]string{"typing", "typos", "search_in"}, name) {
		v.Set("match", "words") // they are faults without
	}
	return b.s.get(b.t, listPath+"?"+v.Encode())
}

func (b *boundsTest) accepts(name string, values ...string) {
	b.t.Helper()
	for _, value := range values {
		assert.Equal(b.t, http.StatusOK, b.ask(name, value).status, "%s=%s", name, value)
	}
}

func (b *boundsTest) refuses(name string, values ...string) {
	b.t.Helper()
	for _, value := range values {
		params, _ := b.ask(name, value).faults(b.t)
		assert.Equal(b.t, []string{name}, params)
	}
}

// one tests a parameter with a single value.
func (b *boundsTest) one(name string, form map[string]any) {
	switch {
	case form["enum"] != nil:
		for _, v := range form["enum"].([]any) {
			b.accepts(name, v.(string))
			b.refuses(name, strings.ToUpper(v.(string)))
		}
		assert.Equal(b.t, b.choices(name), form["enum"])
		if name != "sort_first" { // it has no default
			assert.Equal(b.t, form["enum"].([]any)[0], form["default"])
		}
		b.refuses(name, "")
	case form["pattern"] != nil:
		b.accepts(name, "2026-01-31T10:00:00Z", "2026-01-31")
		b.refuses(name, "", "soon", "2026-02-30")
	case form["type"] == "integer":
		lowest := int(form["minimum"].(float64))
		b.accepts(name, strconv.Itoa(lowest))
		b.refuses(name, strconv.Itoa(lowest-1), "1.5")
		if highest, ok := form["maximum"].(float64); ok {
			b.accepts(name, strconv.Itoa(int(highest)))
			b.refuses(name, strconv.Itoa(int(highest)+1))
		} else {
			b.accepts(name, "123456789012345678901234567890")
		}
	case form["type"] == "number":
		b.accepts(name, "0", "-1.5", "1e300")
		b.refuses(name, "", "x", "1e400", "NaN", "0x10")
	case form["type"] == "boolean":
		b.accepts(name, "true", "false")
		b.refuses(name, "maybe")
	case name == "tz":
		b.accepts(name, "UTC", "Europe/Berlin")
		b.refuses(name, "", "Mars")
	default:
		assert.Equal(b.t, "string", form["type"], name)
		b.accepts(name, "")
		if name != "cursor" {
			b.accepts(name, "\x00 any , ünïcode \u2028")
		}
	}
}

// choices returns the words that a parameter takes.
func (b *boundsTest) choices(name string) []any {
	var words []string
	switch name {
	case "sort_by":
		words = append([]string{"updated_at", "created_at", "title"}, b.fields.Names(func(r *schema.Row) bool { return r.Sorted && r.Declared() })...)
	case "sort_first":
		words = b.fields.Names(func(r *schema.Row) bool { return r.Type == schema.Flag })
	case "include":
		words = b.fields.Names(func(r *schema.Row) bool { return r.Hidden })
	case "search_in":
		words = b.fields.Names(func(r *schema.Row) bool { return r.Type == schema.Text })
	case "sort_direction":
		words = []string{"desc", "asc"}
	case "match":
		words = []string{"phrase", "all_terms", "words"}
	case "kind":
		words = []string{"top_level", "sub_session", "task_run", "both"}
	}
	var out []any
	for _, word := range words {
		out = append(out, word)
	}
	return out
}

// many tests a parameter that may be repeated.
func (b *boundsTest) many(name string, items map[string]any) {
	switch {
	case items["enum"] != nil:
		assert.Equal(b.t, b.choices(name), items["enum"])
		for _, v := range items["enum"].([]any) {
			b.accepts(name, v.(string))
		}
		b.refuses(name, "nothing")
	case items["type"] == "number" || items["pattern"] != nil:
		b.one(name, items)
	case strings.HasSuffix(name, "[eq]"):
		assert.Equal(b.t, "string", items["type"], name)
		b.accepts(name, "", "a,b")
	default:
		assert.Equal(b.t, map[string]any{"type": "string"}, items, name)
		one := b.s.get(b.t, listPath+"?"+name+"=web&"+name+"=completed&"+name+"=session&include_task_sessions=1")
		two := b.s.get(b.t, listPath+"?"+name+"=session,web,completed&include_task_sessions=1")
		assert.Equal(b.t, string(one.body), string(two.body))
	}
}

func TestDocumentBoundsOfFacetParametersHold(t *testing.T) {
	fields, err := schema.New(documentFields...)
	require.NoError(t, err)
	params := newDocument(t, documentFields...).parameters(facetPath, "query")
	schema := func(name string) map[string]any { return params[name]["schema"].(map[string]any) }
	s := serve(t, newHandler(t, newFieldEngine(t, documentFields, many(600)...), httpapi.Options{}), nil)
	plain := string(s.get(t, facetPath).body)

	var names []string
	for _, name := range schema("facet")["items"].(map[string]any)["enum"].([]any) {
		names = append(names, name.(string))
		assert.Equal(t, http.StatusOK, s.get(t, facetPath+"?facet="+name.(string)).status)
	}
	assert.Equal(t, query.FacetFields(fields), names)

	top := schema("top")
	assert.EqualValues(t, 1, top["minimum"])
	assert.EqualValues(t, query.MaxTop, top["maximum"])
	assert.Equal(t, plain, string(s.get(t, facetPath+fmt.Sprint("?top=", top["default"])).body))
	assert.Equal(t, http.StatusOK, s.get(t, facetPath+fmt.Sprint("?top=", query.MaxTop)).status)
	s.get(t, facetPath+fmt.Sprint("?top=", query.MaxTop+1)).faults(t)
	s.get(t, facetPath+"?top=0").faults(t)

	assert.Equal(t, []any{"month", "day", "hour"}, schema("period")["enum"])
	assert.Equal(t, plain, string(s.get(t, facetPath+fmt.Sprint("?period=", schema("period")["default"])).body))
}

// Checked for every date of some years, among others.
func TestDocumentPatternOfTimestampsIsTheParsers(t *testing.T) {
	pattern := regexp.MustCompile(newDocument(t).at("components", "schemas", "Timestamp")["pattern"].(string))
	check := func(text string) {
		t.Helper()
		_, err := query.ParseTime(text)
		assert.Equal(t, err == nil, pattern.MatchString(text), "%q: %v", text, err)
	}
	for _, year := range []int{0, 1, 4, 99, 100, 400, 999, 1000, 1900, 1970, 2000, 2023, 2024, 2100, 2400, 9999} {
		for month := range 14 {
			for day := range 33 {
				check(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
			}
		}
	}
	for _, date := range []string{"2026-01-31", "2024-02-29", "2023-02-29"} {
		for _, clock := range []string{"", "T10", "T10:00", "t23:59", " 00:00", "T24:00", "T10:60", "T10:00:59", "T10:00:00.5", "T10:00:00,123456789012", "T10:00:00.", "x10:00"} {
			for _, zone := range []string{"", "Z", "z", "+02:00", "-0530", "-05", "+24:00", "+05:60", "+5", "Q", "+"} {
				check(date + clock + zone)
			}
		}
	}
	for _, text := range []string{"", "0", "-0", "+5", "1.5", "-1.25", "1e5", "1767225600", "1767225600000", "-99999999999", "0x10", "--1", "12:00", "2026-1-1", "20260131", "now", "Infinity", "NaN", ".", "-", "2026"} {
		check(text)
	}
	check(time.Now().Format(time.RFC3339Nano))
}

// In every kind of body.
func TestDocumentMembersAreTheHandlers(t *testing.T) {
	d := newDocument(t)
	s := start(t, few()...)
	object := func(path string) map[string]any {
		var m map[string]any
		require.NoError(t, json.Unmarshal(s.get(t, path).body, &m))
		return m
	}
	members := func(m any) []string { return slices.Sorted(maps.Keys(m.(map[string]any))) }

	listed := object(listPath)
	assert.Equal(t, d.properties(t, "SessionPage", "suggestions"), members(object(listPath+"?query=nothing&suggest=true")))
	session := d.at("components", "schemas", "Session")
	var required []string
	for _, name := range session["required"].([]any) {
		required = append(required, name.(string))
	}
	slices.Sort(required)
	for _, item := range listed["items"].([]any)[1:] {
		assert.Equal(t, required, members(item))
	}
	// The first session has further members, which the schema must allow.
	assert.Subset(t, members(listed["items"].([]any)[0]), required)
	assert.Equal(t, true, session["additionalProperties"])
	assert.Equal(t, required, members(object(listPath+"/draft")))

	counts := object(facetPath)
	assert.Equal(t, d.properties(t, "SessionFacets"), members(counts))
	state := counts["fields"].([]any)[0]
	// number is for numbers only, at_most for answers of several stores.
	assert.ElementsMatch(t, d.properties(t, "SessionFacet", "number", "at_most"), append(members(state), "number", "at_most"))
	assert.Equal(t, d.properties(t, "FacetCount"), members(state.(map[string]any)["values"].([]any)[0]))

	assert.Equal(t, d.properties(t, "Problem"), members(object(listPath+"/none")))
	e := newEngine(t, few()...)
	live := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	st := openStream(t, live.client, live.url+eventsPath, "")
	defer st.close()
	whole := st.next()
	_, err := e.Delete(context.Background(), "blank", "draft")
	require.NoError(t, err)
	left := st.next()
	event := d.properties(t, "SessionEvent", "id", "session", "page")
	assert.ElementsMatch(t, slices.DeleteFunc(slices.Clone(event), func(name string) bool { return name == "id" || name == "session" }), slices.Collect(maps.Keys(whole.data)))
	assert.ElementsMatch(t, slices.DeleteFunc(slices.Clone(event), func(name string) bool { return name == "page" || name == "session" }), slices.Collect(maps.Keys(left.data)))
	st.wholeVersion()
	require.NoError(t, e.Put(context.Background(), few()[3]))
	entered := st.next()
	assert.ElementsMatch(t, slices.DeleteFunc(slices.Clone(event), func(name string) bool { return name == "page" }), slices.Collect(maps.Keys(entered.data)))
	kinds := []any{}
	for _, k := range []sessiondex.EventKind{sessiondex.Resync, sessiondex.Entered, sessiondex.Left, sessiondex.Moved, sessiondex.Changed, sessiondex.TotalChanged} {
		kinds = append(kinds, string(k))
	}
	assert.Equal(t, kinds, d.at("components", "schemas", "SessionEvent", "properties", "kind")["enum"])
	faulty := object(listPath + "?limit=0")
	assert.Equal(t, d.properties(t, "ValidationProblem"), members(faulty))
	assert.Equal(t, d.properties(t, "ParameterFault"), members(faulty["detail"].([]any)[0]))
	for name := range d.at("components", "schemas") {
		schema := d.at("components", "schemas", name)
		if schema["type"] == "object" && name != "Session" && name != "SessionWhy" {
			assert.Equal(t, false, schema["additionalProperties"], name)
		}
	}
}

// Each documented status occurs, with the documented headers, and no other does.
func TestDocumentStatusesAreTheHandlers(t *testing.T) {
	d := newDocument(t)
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	closed := newEngine(t)
	require.NoError(t, closed.Close())
	dead := serve(t, newHandler(t, closed, httpapi.Options{}), nil)
	broken := serve(t, newHandler(t, brokenReader{e}, httpapi.Options{}), nil)
	allowed := serve(t, newHandler(t, e, httpapi.Options{AllowedHosts: []string{"here.example"}}), nil)
	elsewhere := &server{url: strings.Replace(s.url, "127.0.0.1", "elsewhere.example", 1), client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(allowed.url, "http://"))
		},
	}}}
	for path := range d.at("paths") {
		concrete := concretePath(path)
		answers := []answer{
			s.do(t, "GET", concrete),
			s.do(t, "DELETE", concrete), s.get(t, concrete+"limit=0"), s.get(t, concrete+"query="+strings.Repeat("x", 150_000)),
			dead.get(t, concrete), broken.get(t, concrete), elsewhere.get(t, concrete),
		}
		switch path {
		case getPath:
			answers = append(answers, s.get(t, listPath+"/none"))
		case eventsPath:
			answers = append(answers, direct(newHandler(t, e.Snapshot(), httpapi.Options{}), concrete))
			st := openStream(t, s.client, s.url+concrete, "")
			answers = append(answers, answer{status: st.res.StatusCode, header: st.res.Header, body: []byte(st.next().name)})
			st.close()
		case whyPath:
			answers = append(answers, s.get(t, whyPath+"?id=none"))
			fallthrough
		default:
			answers = append(answers, s.get(t, concrete+"snapshot=gone"), broken.get(t, concrete+"snapshot=new"))
		}
		if path != eventsPath {
			answers = append(answers, s.get(t, concrete), s.get(t, concrete, "If-None-Match", "*"))
		}
		var had []string
		for _, a := range answers {
			status := strconv.Itoa(a.status)
			had = append(had, status)
			response := d.resolve(d.at("paths", path, "get", "responses")[status].(map[string]any))
			headers, _ := response["headers"].(map[string]any)
			for name := range headers {
				if name == "X-Next-Cursor" || name == "X-Snapshot" {
					continue // absent from the last page; only on request
				}
				assert.NotEmpty(t, a.header.Get(name), "%s %s", status, name)
			}
			assert.Equal(t, len(a.body) > 0, response["content"] != nil)
		}
		slices.Sort(had)
		assert.Equal(t, slices.Sorted(maps.Keys(d.at("paths", path, "get", "responses"))), slices.Compact(had), path)
	}
}

// brokenReader fails at everything.
type brokenReader struct{ sessiondex.Reader }

var errBroken = errors.New("broken")

func (brokenReader) CountHidden(context.Context, query.Query) (query.Hidden, error) {
	return query.Hidden{}, errBroken
}

func (brokenReader) Get(context.Context, string) (sessiondex.Session, error) {
	return sessiondex.Session{}, errBroken
}
func (brokenReader) WatchListing(context.Context, query.Query, *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	return func(yield func(sessiondex.Event, error) bool) { yield(sessiondex.Event{}, errBroken) }
}
func (brokenReader) List(context.Context, query.Query) (sessiondex.Page, error) {
	return sessiondex.Page{}, errBroken
}
func (brokenReader) All(context.Context, query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) { yield(sessiondex.Session{}, errBroken) }
}
func (brokenReader) WhyListed(context.Context, query.Query, string) (query.Why, error) {
	return query.Why{}, errBroken
}
func (brokenReader) Facets(context.Context, query.Query, query.FacetOptions) (sessiondex.Facets, error) {
	return sessiondex.Facets{}, errBroken
}

// Each scheme lets a request in by itself.
func TestDocumentSecurityIsTheHandlers(t *testing.T) {
	d := newDocument(t)
	s := start(t, few()...)
	schemes := d.at("components", "securitySchemes")
	assert.Len(t, schemes, 2)
	assert.Equal(t, map[string]any{"type": "apiKey", "in": "header", "name": "X-API-KEY"}, schemes["ApiKey"])
	assert.Equal(t, map[string]any{"type": "http", "scheme": "bearer"}, schemes["Bearer"])
	assert.Equal(t, []any{map[string]any{"ApiKey": []any{}}, map[string]any{"Bearer": []any{}}}, d["security"])
	assert.Equal(t, 200, s.do(t, "GET", listPath, "X-API-KEY", key).status)
	assert.Equal(t, 200, s.do(t, "GET", listPath, "Authorization", "Bearer "+token).status)

	var anonymous, moved document
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(nil, &httpapi.Options{AllowAnonymous: true}), &anonymous))
	assert.Empty(t, anonymous["security"])
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(nil, &httpapi.Options{BasePath: "/base"}), &moved))
	assert.Equal(t, []any{map[string]any{"url": "/base"}}, moved["servers"])
}
