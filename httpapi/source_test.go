package httpapi_test

import (
	"context"
	"iter"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// hiding embeds an engine, hides one session, and counts calls.
type hiding struct {
	*sessiondex.Engine
	calls map[string]int
}

const hiddenID = "report"

func (r hiding) Get(ctx context.Context, id string) (sessiondex.Session, error) {
	r.calls["Get"]++
	if id == hiddenID {
		return sessiondex.Session{}, sessiondex.ErrNotFound
	}
	return r.Engine.Get(ctx, id)
}

func (r hiding) List(ctx context.Context, q query.Query) (sessiondex.Page, error) {
	r.calls["List"]++
	page, err := r.Engine.List(ctx, q)
	page.Items = slices.DeleteFunc(page.Items, func(s sessiondex.Session) bool { return s.ID == hiddenID })
	return page, err
}

func (r hiding) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (sessiondex.Facets, error) {
	r.calls["Facets"]++
	q.States = []string{"none"}
	return r.Engine.Facets(ctx, q, o)
}

// What it hides stays hidden.
func TestADecoratedReaderIsAskedForEverything(t *testing.T) {
	r := hiding{newEngine(t, few()...), map[string]int{}}
	s := serve(t, newHandler(t, r, httpapi.Options{}), nil)
	a := s.get(t, listPath)
	assert.NotContains(t, a.page(t).ids(), hiddenID)
	assert.NotEmpty(t, a.header.Get("Etag"))
	assert.Equal(t, http.StatusNotFound, s.get(t, listPath+"/"+hiddenID).status)
	assert.Equal(t, http.StatusOK, s.get(t, listPath+"/draft").status)
	assert.Contains(t, string(s.get(t, facetPath).body), `"total":0`)
	assert.Equal(t, map[string]int{"List": 1, "Get": 2, "Facets": 1}, r.calls)

	// Methods of the engine alone would bypass the decorator.
	for path, name := range map[string]string{listPath + "?snapshot=new": "Pinner", facetPath + "?snapshot=new": "Pinner", eventsPath: "Watcher"} {
		a := s.get(t, path)
		assert.Equal(t, http.StatusNotImplemented, a.status, path)
		assert.Contains(t, a.detail(t), "httpapi."+name)
		assert.NotContains(t, string(a.body), hiddenID)
	}
	pointer := serve(t, newHandler(t, &r, httpapi.Options{}), nil)
	assert.NotContains(t, pointer.get(t, listPath).page(t).ids(), hiddenID)
}

// The decorator is asked first, and its answers are checked against the scope.
func TestADecoratedReaderInAScopeIsStillAsked(t *testing.T) {
	r := hiding{newEngine(t, few()...), map[string]int{}}
	h := newHandler(t, r, httpapi.Options{Authenticate: named})
	for id, status := range map[string]int{hiddenID: 404, "chat": 200, "draft": 404, "branch": 200, "none": 404} {
		assert.Equal(t, status, direct(h, listPath+"/"+id, "X-Scope", "ws-1").status, id)
	}
	assert.Equal(t, map[string]int{"Get": 5}, r.calls)
}

// offering is a reader that implements this package's interfaces.
type offering struct {
	hiding
	watched *int
}

func (r offering) PinVersion() (sessiondex.Reader, uint64) {
	r.calls["PinVersion"]++
	return r.hiding, r.Version()
}

func (r offering) WatchListing(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	*r.watched++
	return r.Watch(ctx, q, o)
}

func TestAReaderCanOfferMoreByInterfaces(t *testing.T) {
	r := offering{hiding{newEngine(t, few()...), map[string]int{}}, new(int)}
	s := serve(t, newHandler(t, r, httpapi.Options{}), nil)
	token := s.get(t, listPath+"?snapshot=new").snapshot(t)
	require.NoError(t, r.Put(context.Background(), sessiondex.Session{ID: "new", CreatedAt: day(1), UpdatedAt: day(300)}))
	assert.NotContains(t, s.get(t, listPath+"?snapshot="+token).page(t).ids(), hiddenID, "a version of the decorated reader")
	assert.Equal(t, 2, r.calls["List"])
	st := openStream(t, s.client, s.url+eventsPath, "")
	assert.Equal(t, "resync", st.next().name)
	st.close()
	assert.Equal(t, 1, *r.watched)
	tag := s.get(t, listPath).header.Get("Etag")
	calls := r.calls["List"]
	assert.Equal(t, http.StatusNotModified, s.get(t, listPath, "If-None-Match", tag).status)
	assert.Equal(t, calls, r.calls["List"], "the version suffices, without a listing")
}
