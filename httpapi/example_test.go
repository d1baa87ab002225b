package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func exampleEngine() *sessiondex.Engine {
	e, err := sessiondex.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	err = e.Put(context.Background(),
		sessiondex.Session{ID: "s1", Title: "Weekly report", WorkspaceID: "acme", CreatedAt: at, UpdatedAt: at},
		sessiondex.Session{ID: "s2", Title: "Invoice review", WorkspaceID: "umbrella", CreatedAt: at, UpdatedAt: at.Add(time.Hour)},
	)
	if err != nil {
		log.Fatal(err)
	}
	return e
}

// A service mounts the handler beside its own paths.
func ExampleNewHandler() {
	engine := exampleEngine()
	defer engine.Close()
	api, err := httpapi.NewHandler(engine, &httpapi.Options{APIKeys: []string{"demo"}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v0/", api)

	server := httptest.NewServer(mux)
	defer server.Close()
	req, err := http.NewRequest("GET", server.URL+"/api/v0/sessions?query=REPORT", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("X-API-KEY", "demo")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Status)
	fmt.Printf("%.61s\n", body)
	// Output:
	// 200 OK
	// {"has_more":false,"items":[{"id":"s1","title":"Weekly report"
}

// Each tenant sees its own workspace, whatever it asks for.
func ExampleOptions_authenticate() {
	engine := exampleEngine()
	defer engine.Close()
	workspaces := map[string]string{"Bearer a-token": "acme", "Bearer u-token": "umbrella"}
	api, err := httpapi.NewHandler(engine, &httpapi.Options{
		Authenticate: func(r *http.Request) (httpapi.Principal, error) {
			workspace, ok := workspaces[r.Header.Get("Authorization")]
			if !ok {
				return httpapi.Principal{}, errors.New("unknown token")
			}
			return httpapi.Principal{Scope: httpapi.Scope{WorkspaceIDs: []string{workspace}}}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/api/v0/sessions/s1", "/api/v0/sessions/s2", "/api/v0/sessions?workspace_id=umbrella"} {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Authorization", "Bearer a-token")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, req)
		fmt.Printf("%d %.44s\n", w.Code, w.Body)
	}
	// Output:
	// 200 {"id":"s1","title":"Weekly report","state":n
	// 404 {"detail":"Session not found"}
	//
	// 200 {"has_more":false,"items":[],"limit":50,"nex
}
