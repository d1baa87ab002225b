// Command browser serves a page that lists, watches and renames sessions through the
// endpoint, from another origin. It shows what a web application with a server of its
// own needs: CORS, a login that turns a key into a cookie, and entity tags.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

//go:embed page
var files embed.FS

func main() {
	apiAddr := flag.String("addr", "127.0.0.1:8080", "address of the endpoint")
	pageAddr := flag.String("page-addr", "127.0.0.1:8081", "address of the page; of the same host, so that the cookie is sent")
	flag.Parse()
	if err := run(*apiAddr, *pageAddr); err != nil {
		log.Fatal(err)
	}
}

func run(apiAddr, pageAddr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	engine, err := sessiondex.New(nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	for i := range 20 {
		at := time.Date(2026, 5, 1, 9, i, 0, 0, time.UTC)
		s := sessiondex.Session{ID: fmt.Sprint("s", i), Title: fmt.Sprint("Session ", i), State: "completed", WorkspaceID: []string{"acme", "umbrella"}[i%2], CreatedAt: at, UpdatedAt: at}
		if err := engine.Put(ctx, s); err != nil {
			return err
		}
	}
	api, err := net.Listen("tcp", apiAddr)
	if err != nil {
		return err
	}
	page, err := net.Listen("tcp", pageAddr)
	if err != nil {
		return errors.Join(err, api.Close())
	}
	log.Printf("open http://%s, with the key editor-of-acme or reader-of-acme", page.Addr())
	return serve(ctx, engine, api, page)
}

// keys are the accepted keys. A real service would query its database.
var keys = map[string]httpapi.Principal{
	"editor-of-acme":  {Name: "editor", Scope: query.Scope{WorkspaceIDs: []string{"acme"}}, Workspace: "acme", Write: true},
	"reader-of-acme":  {Name: "reader", Scope: query.Scope{WorkspaceIDs: []string{"acme"}}},
	"admin-of-us-all": {Name: "admin", Write: true},
}

// serve answers on both listeners until ctx ends.
func serve(ctx context.Context, engine *sessiondex.Engine, apiListener, pageListener net.Listener) error {
	api, err := httpapi.NewHandler(engine, &httpapi.Options{
		Authenticate: func(r *http.Request) (httpapi.Principal, error) {
			p, ok := keys[r.Header.Get("X-API-KEY")]
			if !ok {
				return p, errors.New("no such key")
			}
			return p, nil
		},
		Writer:         engine.Writer(),
		Login:          true,
		AllowedOrigins: []string{"http://" + pageListener.Addr().String()},
	})
	if err != nil {
		return err
	}
	page, err := newPage("http://" + apiListener.Addr().String())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var both sync.WaitGroup
	var errs [2]error
	for i, s := range []struct {
		listener net.Listener
		handler  http.Handler
	}{{apiListener, api}, {pageListener, page}} {
		both.Go(func() {
			errs[i] = httpapi.Serve(ctx, s.listener, s.handler, nil)
			stop() // if one server ends, so does the other
		})
	}
	both.Wait()
	return errors.Join(errs[:]...)
}

// newPage serves the files of the page. Its policy lets the page load only its own
// files and the endpoint's answers.
func newPage(api string) (http.Handler, error) {
	root, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(root))
	mux.HandleFunc("GET /config.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		fmt.Fprintf(w, "export const api = %q;\n", api+"/api/v0/")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src "+api+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	}), nil
}
