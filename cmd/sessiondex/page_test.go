package main

import (
	"html"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// ready waits until the sessions are loaded.
func ready(t *testing.T, s *serving) {
	t.Helper()
	assert.Eventually(t, func() bool { status, _ := ask(t, s.url+"/readyz"); return status == http.StatusOK }, 20*time.Second, 10*time.Millisecond)
}

func TestServeShowsThePage(t *testing.T) {
	for _, base := range []string{"", "/sessions"} {
		s := startServe(t, "--data", sample, "--allow-anonymous", "--base-path", base)
		ready(t, s)
		status, body := ask(t, s.url+base+"/")
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, `<script type="module" src="assets/`)
		status, body = ask(t, s.url+base+"/?view=plain&query=review")
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, "of 93</p>")
		status, body = ask(t, s.url+base+"/docs")
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, "/api/v0/sessions/{session_id}")
		status, _ = ask(t, s.url+base+"/api/v0/sessions?limit=1")
		assert.Equal(t, http.StatusOK, status)
	}
	s := startServe(t, "--data", sample, "--allow-anonymous", "--field", "model:keyword", "--field", "cost=total_cost_usd:number,sorted")
	ready(t, s)
	_, body := ask(t, s.url+"/")
	assert.Contains(t, html.UnescapeString(body), `"fields":[{"name":"model","member":["model"],"type":"keyword"},{"name":"cost","member":["total_cost_usd"],"type":"number","sorted":true}]`)
	s = startServe(t, "--data", sample, "--allow-anonymous", "--no-ui")
	ready(t, s)
	status, _ := ask(t, s.url+"/")
	assert.Equal(t, http.StatusNotFound, status)
}
