package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sessiondex/sessiondex/httpapi"
)

// Pages of a snapshot do not shift: the second page is of the same version as the first,
// although its session was deleted meanwhile.
func Example_snapshot() {
	engine := exampleEngine()
	defer engine.Close()
	api, err := httpapi.NewHandler(engine, &httpapi.Options{AllowAnonymous: true})
	if err != nil {
		log.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Printf("%d %.42s\n", w.Code, w.Body)
		return w
	}
	first := get("/api/v0/sessions?limit=1&snapshot=new")
	if _, err := engine.Delete(context.Background(), "s1"); err != nil {
		log.Fatal(err)
	}
	get("/api/v0/sessions?limit=1&offset=1")
	get("/api/v0/sessions?limit=1&offset=1&snapshot=" + first.Header().Get("X-Snapshot"))
	// Output:
	// 200 {"has_more":true,"items":[{"id":"s2","titl
	// 200 {"has_more":false,"items":[],"limit":1,"ne
	// 200 {"has_more":false,"items":[{"id":"s1","tit
}

// A client sees the changes to a page as they happen.
func Example_events() {
	engine := exampleEngine()
	defer engine.Close()
	api, err := httpapi.NewHandler(engine, &httpapi.Options{AllowAnonymous: true})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	res, err := http.Get(server.URL + "/api/v0/session-events?limit=10")
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	events := 0
	for lines := bufio.NewScanner(res.Body); events < 2 && lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			fmt.Println(name)
			if events++; events == 1 { // the page has arrived: change it
				if _, err := engine.Delete(context.Background(), "s1"); err != nil {
					log.Fatal(err)
				}
			}
		}
	}
	// Output:
	// resync
	// left
}
