package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	for _, path := range []string{listPath, listPath + "?state=completed", listPath + "?cursor=&limit=1", listPath + "/report", "/api/v0/session-facets"} {
		first := s.get(t, path)
		tag := first.header.Get("Etag")
		require.Equal(t, path != listPath+"/report", strings.HasPrefix(tag, `W/"`), tag)
		assert.Equal(t, "private, no-cache", first.header.Get("Cache-Control"))
		assert.Equal(t, "Accept-Encoding, Authorization, X-API-KEY", first.header.Get("Vary"))

		for _, shown := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag + `,W/"x"`, "*"} {
			a := s.get(t, path, "If-None-Match", shown)
			assert.Equal(t, http.StatusNotModified, a.status, shown)
			assert.Empty(t, a.body)
			assert.Equal(t, tag, a.header.Get("Etag"))
			assert.Equal(t, first.header.Get("Cache-Control"), a.header.Get("Cache-Control"))
			assert.Equal(t, first.header.Get("Vary"), a.header.Get("Vary"))
		}
		a := s.get(t, path, "If-None-Match", `"other"`, "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, a.status, "a second header")
		for _, shown := range []string{"", `"other"`, `""`, `W/"`, strings.Trim(tag, `W/"`), `"*"`} {
			assert.Equal(t, http.StatusOK, s.get(t, path, "If-None-Match", shown).status, shown)
		}

		changed := few()[0]
		changed.Title = "changed for " + path
		require.NoError(t, e.Put(context.Background(), changed))
		a = s.get(t, path, "If-None-Match", tag)
		assert.Equal(t, http.StatusOK, a.status)
		assert.NotEqual(t, tag, a.header.Get("Etag"))
	}
}

func TestEachRequestHasItsOwnTag(t *testing.T) {
	s := start(t, few()...)
	tags := map[string]bool{}
	for _, path := range []string{listPath, listPath + "?limit=1", listPath + "?limit=2", "/api/v0/session-facets", listPath + "/report", listPath + "/draft"} {
		tags[s.get(t, path).header.Get("Etag")] = true
	}
	assert.Len(t, tags, 6)
}

// "*" matches successful answers only.
func TestFaultsAreNeverNotModified(t *testing.T) {
	s := start(t, few()...)
	for path, status := range map[string]int{
		listPath + "?limit=0": 422, listPath + "?cursor=x": 422, "/api/v0/session-facets?match=x": 422, listPath + "/none": 404,
	} {
		a := s.get(t, path, "If-None-Match", "*")
		assert.Equal(t, status, a.status, path)
		assert.Empty(t, a.header.Get("Etag"))
	}
}

// Version numbers start over with each engine.
func TestTagsOfAnotherProcessDoNotMatch(t *testing.T) {
	one, two := start(t, few()...), start(t, few()...)
	tag := one.get(t, listPath).header.Get("Etag")
	assert.NotEqual(t, tag, two.get(t, listPath).header.Get("Etag"))
	assert.Equal(t, http.StatusOK, two.get(t, listPath, "If-None-Match", tag).status)
}

func TestASnapshotHasTagsAndStaysAsItIs(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e.Snapshot(), httpapi.Options{}), nil)
	before := s.get(t, listPath)
	_, err := e.Delete(context.Background(), "report")
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotModified, s.get(t, listPath, "If-None-Match", before.header.Get("Etag")).status)
	assert.Equal(t, string(before.body), string(s.get(t, listPath).body))
}

func TestWithoutVersionsTagsAreHashesOfTheAnswers(t *testing.T) {
	e := newEngine(t, few()...)
	r := hooked{e, func(context.Context) error { return nil }}
	s := serve(t, newHandler(t, r, httpapi.Options{}), nil)
	for _, path := range []string{listPath + "?state=running", listPath + "/draft", facetPath + "?state=running&app_id=app-1"} {
		tag := s.get(t, path).header.Get("Etag")
		require.NotEmpty(t, tag, path)
		require.NoError(t, e.Put(context.Background(), few()[2]))
		assert.Equal(t, http.StatusNotModified, s.get(t, path, "If-None-Match", tag).status, "another session was written")
		changed := few()[1]
		changed.Title = path
		changed.WorkspaceID += "x"
		require.NoError(t, e.Put(context.Background(), changed))
		if path != facetPath+"?state=running&app_id=app-1" {
			assert.Equal(t, http.StatusOK, s.get(t, path, "If-None-Match", tag).status)
		}
	}
	assert.Equal(t, http.StatusNotModified, s.get(t, listPath, "If-None-Match", "*").status)
}

// While a writer goes on.
func TestATagAndItsPageAreOfOneVersion(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			changed := few()[0]
			changed.Title = fmt.Sprint("title ", i)
			assert.NoError(t, e.Put(context.Background(), changed))
		}
	}()
	bodies := map[string]string{}
	for range 300 {
		a := s.get(t, listPath+"?limit=1")
		tag := a.header.Get("Etag")
		if body, ok := bodies[tag]; ok {
			assert.Equal(t, body, string(a.body))
		}
		bodies[tag] = string(a.body)
	}
	close(stop)
	<-done
	assert.Greater(t, len(bodies), 1)
}

var _ sessiondex.Reader = hooked{}
