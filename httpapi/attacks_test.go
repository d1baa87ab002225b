package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"net"
	"net/http"
	"net/url"

	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
)

// secret is in every member of the sessions that the attacker may not see.
const secret = "TOPSECRET"

// fort is a server with two principals: "mine" sees and writes workspace ws-1, and root
// everything.
type fort struct {
	t      *testing.T
	engine *sessiondex.Engine
	server *server
	addr   string
}

func newFort(t *testing.T, opts httpapi.Options) *fort {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{Fields: []schema.Field{
		{Name: "owner", Type: schema.Keyword, Sorted: true}, {Name: "archived", Type: schema.Flag, Hidden: true}, {Name: "cost", Type: schema.Number, Sorted: true},
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	for i := range 20 {
		mine := sessiondex.Session{ID: fmt.Sprint("mine-", i), Title: "Weekly report", State: "completed", WorkspaceID: "ws-1", CreatedAt: day(1), UpdatedAt: day(2 + i)}
		theirs := sessiondex.Session{
			ID: fmt.Sprint("theirs-", i), Title: "Weekly report " + secret, State: secret, SourceChannel: secret, SessionType: secret, AppID: secret, WorkspaceID: "ws-" + secret,
			ParentSessionID: "mine-0", AOPAssetID: secret, TriggerType: secret, Extra: `{"owner":"` + secret + `","cost":1000000007,"note":"` + secret + `"}`, CreatedAt: day(1), UpdatedAt: day(2 + i),
		}
		theirs.IsSubSession, theirs.IsTaskSession = i%2 == 0, i%3 == 0
		require.NoError(t, e.Put(t.Context(), mine, theirs))
	}
	if opts.Authenticate == nil {
		opts.Authenticate = func(r *http.Request) (httpapi.Principal, error) {
			switch r.Header.Get("X-Api-Key") {
			case "mine":
				return httpapi.Principal{Name: "mine", Scope: httpapi.Scope{WorkspaceIDs: []string{"ws-1"}}, Write: true}, nil
			case "root":
				return httpapi.Principal{Name: "root", Write: true}, nil
			}
			return httpapi.Principal{}, http.ErrNoCookie
		}
	}
	opts.Writer, opts.Login, opts.AllowedHosts = e.Writer(), true, []string{"api.example"}
	opts.AllowedOrigins = []string{"https://app.example"}
	f := &fort{t: t, engine: e, server: serve(t, newHandler(t, e, opts), nil)}
	f.addr = strings.TrimPrefix(f.server.url, "http://")
	return f
}

// wire sends bytes as they are, closes its side of the connection if cut is set, and
// returns all answers.
func (f *fort) wire(text string, cut bool) []answer {
	f.t.Helper()
	c, err := net.Dial("tcp", f.addr)
	require.NoError(f.t, err)
	defer c.Close()
	_, _ = io.WriteString(c, text) // the server may hang up before it has read all
	if cut {
		require.NoError(f.t, c.(*net.TCPConn).CloseWrite())
	}
	require.NoError(f.t, c.SetReadDeadline(time.Now().Add(20*time.Second)))
	all, _ := io.ReadAll(c) // up to the end or a reset
	var answers []answer
	r := bufio.NewReader(bytes.NewReader(all))
	for {
		if _, err := r.Peek(1); err != nil {
			return answers
		}
		res, err := http.ReadResponse(r, nil)
		require.NoError(f.t, err, "%s", all)
		body, _ := io.ReadAll(res.Body)
		answers = append(answers, answer{status: res.StatusCode, header: res.Header, body: body})
	}
}

// request is a request on the wire, of the attacker unless the headers say otherwise.
func request(line string, lines ...string) string {
	text := line + " HTTP/1.1\r\n"
	has := func(name string) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), name) })
	}
	if !has("host:") {
		text += "Host: api.example\r\n"
	}
	if !has("x-api-key:") {
		text += "X-API-KEY: mine\r\n"
	}
	if !has("connection:") {
		text += "Connection: close\r\n"
	}
	return text + strings.Join(lines, "\r\n") + strings.Repeat("\r\n", min(1, len(lines))) + "\r\n"
}

// with adds a body.
func with(body, line string, lines ...string) string {
	return request(line, append(lines, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body)))...) + body
}

// held checks what must hold of every answer to an attack: it is an answer of this API,
// reveals no other principal's data, and may not be kept by a shared cache.
func (f *fort) held(name string, a answer) {
	f.t.Helper()
	if a.status != http.StatusNotImplemented { // net/http knows one transfer encoding only
		require.Less(f.t, a.status, 500, "%s: %s", name, a.body)
	}
	for header, values := range a.header {
		require.NotContains(f.t, strings.Join(values, " "), secret, "%s: %s", name, header)
	}
	require.NotContains(f.t, string(a.body), secret, name)
	require.Empty(f.t, a.header.Get("X-Injected"), name)
	require.NotEqual(f.t, "*", a.header.Get("Access-Control-Allow-Origin"), name)
	require.NotContains(f.t, a.header.Get("Cache-Control"), "public", name)
}

// attack is a request and what must hold of its only answer in addition to held.
type attack struct {
	name, text string
	status     int
	says       string // in the body
	writes     bool   // to the attacker's own sessions
	cut        bool   // the connection ends after it
}

func (f *fort) run(attacks []attack) {
	for _, c := range attacks {
		f.t.Run(c.name, func(t *testing.T) {
			g := *f
			g.t = t
			version := f.engine.Version()
			answers := g.wire(c.text, c.cut)
			require.NotEmpty(t, answers, "no answer")
			require.Len(t, answers, 1, "a second answer: %+v", answers)
			require.Equal(t, c.status, answers[0].status, "%s", answers[0].body)
			require.Contains(t, string(answers[0].body), c.says)
			g.held(c.name, answers[0])
			if !c.writes {
				require.Equal(t, version, f.engine.Version(), "it wrote")
			}
		})
	}
}

const sessionPath = "/api/v0/sessions/mine-0"

// Malformed and ambiguous requests.
func TestAttacksOnTheWire(t *testing.T) {
	f := newFort(t, httpapi.Options{})
	chunked := "5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n"
	second := request("DELETE " + sessionPath)
	f.run([]attack{
		{name: "two lengths", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Content-Length: 2", "Content-Length: 30", "Connection: keep-alive") + "{}" + second, status: 400},
		{name: "a length with a sign", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Content-Length: +2") + "{}", status: 400},
		{name: "a length and chunks", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Content-Length: 4", "Transfer-Encoding: chunked") + chunked, status: 200, writes: true},
		{name: "chunks of another name", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Transfer-Encoding: xchunked") + chunked, status: 501, says: "Unsupported transfer encoding"},
		{name: "chunks twice", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + chunked, status: 501},
		{name: "chunks that are cut", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Transfer-Encoding: chunked") + "5\r\n{\"a\":\r\n", status: 400, says: "breaks off", cut: true},
		{name: "a chunk of no size", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Transfer-Encoding: chunked") + "zz\r\n{}\r\n0\r\n\r\n", status: 400},
		{name: "white space before a colon", text: request("GET "+listPath, "Transfer-Encoding : chunked"), status: 400},
		{name: "a folded header", text: request("GET "+listPath, "X-Fold: a\r\n X-Injected: b"), status: 200},
		{name: "a header name with a line break", text: request("GET "+listPath, "X-\nInjected: 1"), status: 400},
		{name: "no host", text: "GET " + listPath + " HTTP/1.1\r\nX-API-KEY: mine\r\nConnection: close\r\n\r\n", status: 400},
		{name: "two hosts", text: request("GET "+listPath, "Host: api.example", "Host: evil.example"), status: 400},
		{name: "no host, as HTTP/1.0 has it", text: "GET " + listPath + " HTTP/1.0\r\nX-API-KEY: mine\r\n\r\n", status: 421},
		{name: "the address of another host", text: request("GET http://evil.example"+listPath, "Host: api.example"), status: 421},
		{name: "the own address in full", text: request("GET http://api.example"+listPath, "Host: evil.example"), status: 200, says: `"total":20}`},
		{name: "a tunnel", text: request("CONNECT evil.example:443"), status: 421},
		{name: "the server's options", text: request("OPTIONS *"), status: 200},
		{name: "an echo", text: request("TRACE "+listPath, "X-Injected: 1"), status: 405},
		{name: "a path without a slash", text: request("GET api/v0/sessions"), status: 400},
		{name: "a body that is cut", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Content-Length: 100") + `{"title":"half`, status: 400, says: "breaks off", cut: true},
		{name: "a body that will be too long", text: request("PATCH "+sessionPath, "Content-Type: application/json", "Content-Length: 1000000000") + `{`, status: 413},
		{name: "a body with a GET", text: with(`{"title":"x"}`, "GET "+sessionPath), status: 200},
		{name: "a body that is not asked for", text: with(strings.Repeat("x", 1<<20), "POST "+sessionPath+"/read"), status: 200, writes: true},
	})
	_, err := f.engine.Get(t.Context(), "mine-0")
	assert.NoError(t, err, "a request hidden in another was answered")
}

func TestAttacksByPathsAndMethods(t *testing.T) {
	f := newFort(t, httpapi.Options{})
	f.run([]attack{
		{name: "up and away", text: request("GET /api/v0/sessions/../../../etc/passwd"), status: 404},
		{name: "up, escaped", text: request("GET /api/v0/sessions/%2e%2e%2f%2e%2e%2fopenapi.json"), status: 404, says: "Session not found"},
		{name: "escaped twice", text: request("GET /api/v0/sessions/%252e%252e%252ftheirs-0"), status: 404},
		{name: "an escaped slash", text: request("GET /api/v0/sessions%2Ftheirs-0"), status: 404},
		{name: "a zero byte", text: request("GET /api/v0/sessions/mine-0%00"), status: 404},
		{name: "an overlong slash", text: request("GET /api/v0/sessions/..%c0%aftheirs-0"), status: 404},
		{name: "a backslash", text: request(`GET /api/v0\sessions`), status: 404},
		{name: "two slashes", text: request("GET //evil.example/api/v0/sessions"), status: 404},
		{name: "path parameters", text: request("GET /api/v0/sessions;key=root"), status: 404},
		{name: "another case", text: request("GET /API/V0/SESSIONS"), status: 404},
		{name: "a malformed escape", text: request("GET /api/v0/sessions/%zz"), status: 400},
		{name: "a session of others", text: request("GET /api/v0/sessions/theirs-0"), status: 404, says: "Session not found"},
		{name: "a session of others, if it changed", text: request("GET /api/v0/sessions/theirs-0", "If-None-Match: *"), status: 404, says: "Session not found"},
		{name: "its head", text: request("HEAD /api/v0/sessions/theirs-0"), status: 404},
		{name: "a line break in an id", text: with(`{"workspace_id":"ws-1"}`, "PUT /api/v0/sessions/a%0d%0aX-Injected:%20yes"), status: 201, writes: true},
		{name: "a line break in a parameter", text: request("GET " + listPath + "?query=%0d%0aX-Injected:%20yes&limit=1"), status: 200},
		{name: "a line break in a snapshot", text: request("GET " + listPath + "?snapshot=%0d%0aX-Injected:%20yes"), status: 410},
		{name: "a method in a header", text: request("GET "+sessionPath, "X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-HTTP-Method: DELETE"), status: 200},
		{name: "a method in a header of a POST", text: with(`{}`, "POST "+sessionPath, "X-HTTP-Method-Override: DELETE"), status: 405},
		{name: "a method in a parameter", text: request("GET " + sessionPath + "?_method=DELETE"), status: 200},
		{name: "a method in another case", text: request("delete " + sessionPath), status: 405},
		{name: "another path in a header", text: request("GET "+listPath+"?limit=1", "X-Original-URL: /api/v0/sessions/theirs-0", "X-Rewrite-URL: /api/v0/sessions/theirs-0"), status: 200},
		{name: "a part of the answer", text: request("GET "+sessionPath, "Range: bytes=0-3"), status: 200, says: "Weekly report"},
		{name: "the metrics", text: request("GET /metrics"), status: 404},
	})
}

func TestAttacksByBodiesAndPreconditions(t *testing.T) {
	f := newFort(t, httpapi.Options{MaxBodyBytes: 1 << 20, MaxBatch: 100})
	tag := f.server.do(t, "GET", sessionPath, "X-API-KEY", "mine", "Host", "api.example").header.Get("Etag")
	require.NotEmpty(t, tag)
	patch := func(body string, lines ...string) string { return with(body, "PATCH "+sessionPath, lines...) }
	post := func(body string, lines ...string) string { return with(body, "POST "+listPath, lines...) }
	f.run([]attack{
		{name: "arrays without end", text: patch(`{"a":` + strings.Repeat("[", 500_000)), status: 400},
		{name: "objects without end", text: patch(strings.Repeat(`{"a":`, 100_000)), status: 400},
		{name: "a member twice", text: patch(`{"workspace_id":"ws-1","workspace_id":"ws-2"}`), status: 403},
		{name: "a member in two spellings", text: patch(`{"workspace_id":"ws-1","workspac\u0065_id":"ws-2"}`), status: 403},
		{name: "a member in another case", text: patch(`{"WORKSPACE_ID":"ws-2"}`), status: 200, says: `"workspace_id":"ws-1"`, writes: true},
		{name: "a prototype", text: patch(`{"__proto__":{"write":true},"constructor":{"prototype":{}}}`), status: 200, writes: true},
		{name: "half a surrogate", text: patch(`{"state":"\ud800"}`), status: 422},
		{name: "no UTF-8", text: patch("{\"state\":\"\xff\"}"), status: 422},
		{name: "a number without end", text: patch(`{"cost":` + strings.Repeat("9", 400) + `}`), status: 422},
		{name: "a million digits", text: patch(`{"cost":0.` + strings.Repeat("1", 500_000) + `}`), status: 200, writes: true},
		{name: "a mark before the text", text: patch("\uFEFF" + `{"note":"b"}`), status: 200, writes: true},
		{name: "two marks", text: patch("\uFEFF\uFEFF{}"), status: 400},
		{name: "text behind", text: patch(`{}` + "\x00"), status: 400},
		{name: "an array", text: patch(`[{"op":"replace","path":"/id","value":"theirs-0"}]`), status: 400},
		{name: "the id", text: patch(`{"id":"theirs-0"}`), status: 422},
		{name: "the id as a number", text: patch(`{"id":0}`), status: 422},
		{name: "no workspace", text: patch(`{"workspace_id":null}`), status: 403},
		{name: "another workspace", text: patch(`{"workspace_id":"ws-TOP"}`), status: 403},
		{name: "a title without end", text: with(`{"workspace_id":"ws-1","title":"`+strings.Repeat("x", 1<<20-100)+`"}`, "PUT "+sessionPath), status: 200, writes: true},
		{name: "sessions without end", text: post(strings.Repeat("{}", 100_000)), status: 413},
		{name: "an array without end", text: post("[" + strings.Repeat("{},", 100_000)), status: 413},
		{name: "one bad row of many", text: post(`[` + strings.Repeat(`{"workspace_id":"ws-1"},`, 50) + `{"workspace_id":"ws-1","title":0}]`), status: 422, says: `["body",50,"title"]`},
		{name: "one row of others", text: post(`[{"workspace_id":"ws-1"},{"id":"theirs-0","workspace_id":"ws-1"}]`), status: 409},
		{name: "one row elsewhere", text: post(`[{"workspace_id":"ws-1"},{"workspace_id":"ws-2"}]`), status: 403},
		{name: "a row twice", text: post(`[{"id":"n","workspace_id":"ws-1"},{"id":"n","workspace_id":"ws-1"}]`), status: 422},
		{name: "arrays in arrays", text: post(`[[{"workspace_id":"ws-1"}]]`), status: 400},
		{name: "a session of others", text: with(`{"workspace_id":"ws-1"}`, "PUT "+listPath+"/theirs-0"), status: 409},
		{name: "a session of others, any", text: with(`{"workspace_id":"ws-1"}`, "PUT "+listPath+"/theirs-0", "If-Match: *"), status: 409},
		{name: "a session of others, unread", text: request("POST " + listPath + "/theirs-0/unread"), status: 404},
		{name: "another charset", text: request("PATCH "+sessionPath, "Content-Type: application/json; charset=utf-7", "Content-Length: 11") + `+AHs-+AH0-x`, status: 400},
		{name: "two types", text: patch(`{}`, "Content-Type: text/plain"), status: 415},
		{name: "a type with a quote", text: request("PATCH "+sessionPath, `Content-Type: application/json; x="`, "Content-Length: 2") + `{}`, status: 415},
		{name: "a bomb", text: patch("\x1f\x8b\x08", "Content-Encoding: gzip"), status: 415},
		{name: "an encoding of another name", text: patch("{}", "Content-Encoding: identity, br"), status: 415},

		{name: "a tag that is none", text: patch(`{"note":1}`, "If-Match: "+strings.Trim(tag, `"`)), status: 412},
		{name: "a part of the tag", text: patch(`{"note":1}`, "If-Match: "+tag[:len(tag)-2]+`"`), status: 412},
		{name: "the star in quotes", text: patch(`{"note":1}`, `If-Match: "*"`), status: 412},
		{name: "an empty condition", text: patch(`{"note":1}`, "If-Match: "), status: 412},
		{name: "two conditions", text: patch(`{"note":1}`, "If-Match: *", "If-None-Match: *"), status: 412},
		{name: "the tag of others", text: with(`{}`, "DELETE "+listPath+"/theirs-0", "If-Match: *"), status: 404},
	})
	// The writes above changed the tag. The new one matches in a list too, and as a weak tag.
	tag = f.server.do(t, "GET", sessionPath, "X-API-KEY", "mine", "Host", "api.example").header.Get("Etag")
	f.run([]attack{
		{name: "the tag in a list", text: patch(`{}`, `If-Match: "other", `+tag), status: 200},
		{name: "the tag in a second header", text: patch(`{}`, `If-Match: "other"`, "If-Match: "+tag), status: 200},
		{name: "the tag, weak, as proxies make it", text: patch(`{}`, "If-Match: W/"+tag), status: 200},
		{name: "a star", text: patch(`{}`, "If-Match: *"), status: 200},
		{name: "a list of many", text: patch(`{}`, "If-Match: "+strings.Repeat(`"x",`, 20_000)), status: 412},
	})
}

// Pages of other sites, cookies of other servers, names of other hosts.
func TestAttacksFromBrowsers(t *testing.T) {
	f := newFort(t, httpapi.Options{})
	login := f.server.do(t, "POST", "/api/v0/login", "X-API-KEY", "mine")
	require.Equal(t, http.StatusNoContent, login.status)
	cookie := cookieOf(t, login)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.NotContains(t, cookie.Value, "mine")
	foreign := cookieOf(t, newFort(t, httpapi.Options{}).server.do(t, "POST", "/api/v0/login", "X-API-KEY", "root"))
	as := "Cookie: " + cookie.Name + "=" + cookie.Value
	host := "Host: " + f.addr // the cookie is of this port
	f.run([]attack{
		{name: "the own page", text: request("POST "+sessionPath+"/read", "X-API-KEY:", as, host, "Origin: http://"+f.addr, "Sec-Fetch-Site: same-origin"), status: 200, writes: true},
		{name: "an allowed page", text: request("POST "+sessionPath+"/read", "X-API-KEY:", as, host, "Origin: https://app.example", "Sec-Fetch-Site: cross-site"), status: 200},
		{name: "a form of another site", text: request("POST "+listPath, "X-API-KEY:", as, host, "Origin: https://evil.example", "Content-Type: text/plain", "Content-Length: 2") + "{}", status: 403},
		{name: "a form without an origin", text: request("POST "+listPath, "X-API-KEY:", as, host, "Content-Type: text/plain", "Content-Length: 2") + "{}", status: 415},
		{name: "a form with parts", text: request("POST "+listPath, "X-API-KEY:", as, host, "Content-Type: multipart/form-data; boundary=b", "Content-Length: 2") + "{}", status: 415},
		{name: "a frame without an origin", text: request("POST "+sessionPath+"/unread", "X-API-KEY:", as, host, "Origin: null"), status: 403},
		{name: "a page of a neighbour", text: request("POST "+sessionPath+"/unread", "X-API-KEY:", as, host, "Origin: http://x."+f.addr, "Sec-Fetch-Site: same-site"), status: 403},
		{name: "a page that says it is no page", text: request("POST "+sessionPath+"/unread", "X-API-KEY:", as, host, "Origin: https://evil.example", "Sec-Fetch-Site: none"), status: 200, writes: true},
		{name: "an origin that begins alike", text: request("POST "+sessionPath+"/read", "X-API-KEY:", as, host, "Origin: https://app.example.evil.example"), status: 403},
		{name: "an origin of another scheme", text: request("POST "+sessionPath+"/read", "X-API-KEY:", as, host, "Origin: http://app.example"), status: 403},
		{name: "an origin of another port", text: request("POST "+sessionPath+"/read", "X-API-KEY:", as, host, "Origin: https://app.example:8443"), status: 403},
		{name: "a login from another site", text: request("POST /api/v0/login", host, "Origin: https://evil.example"), status: 403},
		{name: "a logout from another site", text: request("POST /api/v0/logout", "X-API-KEY:", as, host, "Origin: https://evil.example"), status: 403},
		{name: "a login by a link", text: request("GET /api/v0/login"), status: 405},
		{name: "a cookie of another server", text: request("GET "+listPath, "X-API-KEY:", host, "Cookie: "+cookie.Name+"="+foreign.Value), status: 401},
		{name: "a cookie of another server before the own", text: request("GET "+listPath+"?limit=1", "X-API-KEY:", host, "Cookie: "+cookie.Name+"="+foreign.Value+"; "+cookie.Name+"="+cookie.Value), status: 200, says: `"total":20}`},
		{name: "a cookie that was made up", text: request("GET "+listPath, "X-API-KEY:", host, "Cookie: "+cookie.Name+"=99999999999%0Aroot%0A"), status: 401},
		{name: "a cookie that is cut", text: request("GET "+listPath, "X-API-KEY:", host, as[:len(as)-1]), status: 401},
		{name: "a cookie that is long", text: request("GET "+listPath, "X-API-KEY:", host, "Cookie: "+cookie.Name+"="+strings.Repeat("A", 100_000)), status: 401},
		{name: "many cookies", text: request("GET "+listPath, "X-API-KEY:", host, "Cookie: "+strings.Repeat(cookie.Name+"=A; ", 2000)), status: 401},
		{name: "a key in the address", text: request("GET "+listPath+"?api_key=root&X-API-KEY=root&key=root", "X-API-KEY:"), status: 401},
		{name: "a key with line breaks to log in", text: with(`{"key":"mine\nroot"}`, "POST /api/v0/login", "X-API-KEY:"), status: 401},
		{name: "a key in an array", text: with(`{"key":["mine","root"]}`, "POST /api/v0/login", "X-API-KEY:"), status: 400},
		{name: "a key of a megabyte", text: with(`{"key":"`+strings.Repeat("m", 1<<20)+`"}`, "POST /api/v0/login", "X-API-KEY:"), status: 401},

		{name: "another host", text: request("GET "+listPath, "Host: evil.example"), status: 421},
		{name: "a host that begins alike", text: request("GET "+listPath, "Host: api.example.evil.example"), status: 421},
		{name: "a host before a sign", text: request("GET "+listPath, "Host: api.example@evil.example"), status: 400},
		{name: "a host in capitals, with a dot and a port", text: request("GET "+listPath+"?limit=1", "Host: API.Example.:8443"), status: 200},
		{name: "a host behind a proxy", text: request("GET "+listPath+"?limit=1", "Host: api.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"), status: 200},
		{name: "loopback by a number", text: request("GET "+listPath, "Host: 2130706433"), status: 421},
		{name: "loopback cut short", text: request("GET "+listPath, "Host: 127.1"), status: 421},
		{name: "any address", text: request("GET "+listPath, "Host: 0.0.0.0"), status: 421},
		{name: "loopback in a name", text: request("GET "+listPath, "Host: 127.0.0.1.evil.example"), status: 421},
		{name: "loopback in IPv6", text: request("GET "+listPath+"?limit=1", "Host: [::1]:80"), status: 200},
		{name: "loopback as IPv4 in IPv6", text: request("GET "+listPath+"?limit=1", "Host: [::ffff:127.0.0.1]"), status: 200},
		{name: "an address of others in IPv6", text: request("GET "+listPath, "Host: [2001:db8::1]"), status: 421},
		{name: "a bracket that does not close", text: request("GET "+listPath, "Host: [::1"), status: 421},
	})

	// A page of another origin can send a request, and sees nothing of the answer.
	for _, origin := range []string{"https://evil.example", "null", "https://app.example.evil.example", "http://app.example", "https://app.example:8443", "https://APP.example", "https://app.example https://evil.example", "*", ""} {
		for _, method := range []string{"GET", "OPTIONS"} {
			a := f.server.do(t, method, listPath, "Origin", origin, "X-API-KEY", "mine", "Access-Control-Request-Method", "GET")
			f.held(origin, a)
			assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"), origin)
			assert.Empty(t, a.header.Get("Access-Control-Allow-Credentials"), origin)
			assert.Contains(t, strings.Join(a.header.Values("Vary"), ", "), "Origin", "or a cache gives it to the wrong page")
			assert.Contains(t, strings.Join(a.header.Values("Vary"), ", "), "Cookie")
		}
	}
	a := f.server.do(t, "GET", listPath, "Origin", "https://app.example", "X-API-KEY", "mine")
	assert.Equal(t, []string{"https://app.example"}, a.header.Values("Access-Control-Allow-Origin"))
	for _, origin := range []string{"*", "null", "https://*.example", "https://app.example/", "app.example", "https://App.example", "https://app.example:443"} {
		_, err := httpapi.NewHandler(f.engine, &httpapi.Options{APIKeys: []string{"k"}, AllowedOrigins: []string{origin}})
		assert.ErrorContains(t, err, "AllowedOrigins", origin)
	}

	// Every wrong key gets the same answer, however close to a right one it is, and no
	// cookie.
	var first answer
	for _, key := range []string{"", "m", "min", "minf", "mine1", "MINE", "root ", strings.Repeat("m", 5000), "mine,root", "roo\tt"} {
		a := f.server.do(t, "POST", "/api/v0/login", "X-API-KEY", key)
		if key == "root " { // white space around a header is not part of it
			require.Equal(t, http.StatusNoContent, a.status)
			continue
		}
		require.Equal(t, http.StatusUnauthorized, a.status, key)
		for _, name := range []string{"Date", "X-Request-Id"} {
			a.header.Del(name)
		}
		if first.status == 0 {
			first = a
		}
		assert.Equal(t, first, a, key)
		assert.Empty(t, a.header.Get("Set-Cookie"))
	}
}

// Whatever the parameters of a listing, a count, a view, an export or a stream, the answer
// neither shows nor counts the sessions of others.
func TestAttacksByParameters(t *testing.T) {
	f := newFort(t, httpapi.Options{})
	ask := func(who, path string) answer { return f.server.do(t, "GET", path, "X-API-KEY", who) }
	root := ask("root", listPath+"?limit=1&cursor=&snapshot=new&include_sub_sessions=1&include_task_sessions=1")
	cursor, snapshot := root.header.Get("X-Next-Cursor"), root.header.Get("X-Snapshot")
	require.NotEmpty(t, cursor)
	require.NotEmpty(t, snapshot)
	st := openStream(t, f.server.client, f.server.url+eventsPath, "", "X-API-KEY", "root")
	event := st.next().id
	st.close()

	// Values that the sessions of others have, in every parameter. None has the whole secret,
	// so that an answer may repeat the question.
	d := wholeDocument(t)
	params := map[string]bool{"owner": true, "archived": true, "cost": true, "scope": true, "where": true, "ids": true, "kind": true, "updated_after": true,
		"parent_session_id": true, "sort_first": true, "include": true, "tz": true}
	for _, p := range d.at("components", "parameters") {
		params[p.(map[string]any)["name"].(string)] = true
	}
	values := []string{"theirs-0", "TOP", "OPSECRE", "mine-0", "both", "sub_session,task_run", "archived", "1000000007", "true", "2020-01-01", "*", "%", ".*", "(a+)+$", "' OR 1=1 --", "\\", `","`, "\x00"}
	shapes := []string{"%s", "%s[eq]", "%s[not]", "%s[in]", "%s[prefix]", "%s[exists]", "%s[gte]", "%s[all]", "%s[]", "%s[$ne]"}
	asked := 0
	for _, name := range slices.Sorted(maps.Keys(params)) {
		for _, value := range values {
			for i, shape := range shapes {
				if i > 0 && (asked+i)%3 != 0 {
					continue // a third of the combinations
				}
				asked++
				question := "?include_sub_sessions=1&include_task_sessions=1&limit=500&" + url.QueryEscape(fmt.Sprintf(shape, name)) + "=" + url.QueryEscape(value)
				path := []string{listPath, facetPath, viewPath, exportPath, whyPath}[asked%5]
				a := ask("mine", path+question)
				f.held(path+question, a)
				if a.status == http.StatusOK && path == listPath {
					var page struct{ Total int }
					require.NoError(t, json.Unmarshal(a.body, &page))
					require.LessOrEqual(t, page.Total, 20, question)
				}
			}
		}
	}
	require.Greater(t, asked, 2000)
	for _, c := range []struct {
		path   string
		status int
	}{
		{listPath + "?cursor=" + url.QueryEscape(cursor), 422}, {listPath + "?snapshot=" + snapshot, 410}, {facetPath + "?snapshot=" + snapshot, 410}, {viewPath + "?snapshot=" + snapshot, 410},
		{whyPath + "?id=theirs-0", 404}, {whyPath + "?id=theirs-0&include_sub_sessions=1", 404}, {whyPath + "?id=none", 404},
		{facetPath + "?facet=workspace_id,app_id,state,kind,owner,cost,created_at&top=10000", 200},
	} {
		a := ask("mine", c.path)
		assert.Equal(t, c.status, a.status, c.path)
		f.held(c.path, a)
	}
	assert.Equal(t, string(ask("mine", whyPath+"?id=none").body), string(ask("mine", whyPath+"?id=theirs-0").body))
	a := f.server.do(t, "GET", listPath, "X-API-KEY", "mine", "If-None-Match", ask("root", listPath).header.Get("Etag"))
	assert.Equal(t, http.StatusOK, a.status, "root's tag does not match for mine")
	mine := openStream(t, f.server.client, f.server.url+eventsPath+"?include_sub_sessions=1&include_task_sessions=1&limit=500", event, "X-API-KEY", "mine")
	first := mine.next()
	assert.Equal(t, "resync", first.name, "root's event id means nothing to mine")
	assert.NotContains(t, first.data, secret)
	mine.close()
}

// What one principal takes is bounded and does not affect the others.
func TestAttacksOnSharedResources(t *testing.T) {
	f := newFort(t, httpapi.Options{MaxStreams: 8, MaxSnapshots: 8})
	ask := func(who, path string, header ...string) answer {
		return f.server.do(t, "GET", path, append([]string{"X-API-KEY", who}, header...)...)
	}
	held := ask("root", listPath+"?snapshot=new").snapshot(t)
	for range 100 {
		require.Equal(t, http.StatusOK, ask("mine", listPath+"?limit=1&snapshot=new").status)
	}
	assert.Equal(t, http.StatusOK, ask("root", listPath+"?snapshot="+held).status, "one principal's snapshots push out its own")

	open := 0
	for range 20 {
		req, err := http.NewRequestWithContext(t.Context(), "GET", f.server.url+eventsPath, nil)
		require.NoError(t, err)
		req.Header.Set("X-API-KEY", "mine")
		res, err := f.server.client.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode == http.StatusOK {
			open++
			continue
		}
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.NotEmpty(t, res.Header.Get("Retry-After"))
	}
	assert.Equal(t, 4, open)
	assert.Equal(t, http.StatusServiceUnavailable, ask("mine", exportPath).status, "exports count as streams")
	assert.Equal(t, http.StatusOK, ask("root", exportPath).status)
	st := openStream(t, f.server.client, f.server.url+eventsPath, "", "X-API-KEY", "root")
	assert.Equal(t, "resync", st.next().name)
	st.close()

	for name, c := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"counts of everything":     {facetPath + "?top=10000&period=day&facet=" + strings.Join([]string{"state", "source_channel", "session_type", "trigger_type", "app_id", "workspace_id", "aop_asset_id", "kind", "created_at", "updated_at", "owner", "cost"}, ","), nil, 200},
		"a field a thousand times": {facetPath + "?facet=" + strings.Repeat("state,", 1000) + "kind", nil, 200},
		"fields that are none":     {facetPath + "?facet=" + strings.Repeat("x,y,z,", 1000), nil, 422},
		"too many values":          {facetPath + "?top=100000", nil, 422},
		"terms without end":        {listPath + "?match=all_terms&query=" + terms(65), nil, 422},
		"conditions without end":   {listPath + "?" + strings.Repeat("owner[not]=a&", 9000), nil, 200},
		"ids without end":          {listPath + "?ids=" + strings.Repeat("mine-0,", 15_000), nil, 200},
		"an expression":            {listPath + "?query=" + url.QueryEscape("(a+)+$"+strings.Repeat("a", 10_000)), nil, 200},
		"typos without end":        {listPath + "?match=words&typos=true&query=" + strings.Repeat("abcdefgh", 5000), nil, 200},
		"terms of great length":    {listPath + "?match=all_terms&query=" + lengthy(60, 2000), nil, 422},
		"encodings without end":    {listPath, []string{"Accept-Encoding", strings.Repeat("gzip;q=0.5,", 15_000)}, 200},
		"weights that are none":    {listPath, []string{"Accept-Encoding", "gzip;q=NaN, *;q=-1, identity;q=1e309"}, 200},
		"tags without end":         {listPath, []string{"If-None-Match", strings.Repeat(`W/"x", `, 20_000)}, 200},
		"ranges without end":       {listPath, []string{"Range", "bytes=" + strings.Repeat("0-,", 20_000)}, 200},
		"an interval of an age":    {eventsPath + "?min_interval=999999h", nil, 422},
		"an interval below zero":   {eventsPath + "?min_interval=-1s", nil, 422},
		"a title of no length":     {viewPath + "?title_max=0", nil, 422},
		"fields without end":       {viewPath + "?fields=" + strings.Repeat("title,", 15_000), nil, 200},
	} {
		a := ask("mine", c.path, c.header...)
		assert.Equal(t, c.status, a.status, "%s: %.200s", name, a.body)
		f.held(name, a)
	}
}

// lengthy returns n different terms of a length.
func lengthy(n, bytes int) string {
	var all []string
	for i := range n {
		all = append(all, strings.Repeat("a", bytes-3)+fmt.Sprintf("%03d", i))
	}
	return strings.Join(all, "+")
}

func terms(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("t%03d", i))
	}
	return strings.Join(all, "+")
}
