// Command chi is a service with its own routes and accounts that also answers the "List
// sessions" API.
package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	engine, err := sessiondex.New(nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	if err := fill(ctx, engine); err != nil {
		return err
	}
	service, err := newService(engine, accounts{"ada": newAccount("secret-of-ada", "acme"), "eve": newAccount("secret-of-eve", "umbrella", "initech")})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("try: curl -u ada:secret-of-ada 'http://%s/agents/api/v0/sessions?limit=2'", l.Addr())
	// Serve sets the limits that a server needs, and ends event streams and requests in
	// order when ctx ends.
	return httpapi.Serve(ctx, l, service, nil)
}

// accounts are the accounts by name. A real service would query its database.
type accounts map[string]account

type account struct {
	hash       [sha256.Size]byte
	workspaces []string
}

func newAccount(secret string, workspaces ...string) account {
	return account{sha256.Sum256([]byte(secret)), workspaces}
}

// check returns the account of a request.
func (a accounts) check(r *http.Request) (account, error) {
	name, secret, _ := r.BasicAuth()
	account, known := a[name]
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], account.hash[:]) != 1 || !known {
		return account, errors.New("unknown account or wrong secret")
	}
	return account, nil
}

// newService returns the routes of the service, those of the endpoint under /agents.
func newService(engine *sessiondex.Engine, who accounts) (http.Handler, error) {
	api, err := httpapi.NewHandler(engine, &httpapi.Options{
		BasePath: "/agents", // as clients see it, for the links in answers
		Authenticate: func(r *http.Request) (httpapi.Principal, error) {
			account, err := who.check(r)
			// Sessions outside the scope do not exist for this account: not in pages,
			// totals, counts or events, and not by id.
			return httpapi.Principal{Scope: query.Scope{WorkspaceIDs: account.workspaces}}, err
		},
	})
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "A service with agents.\n") })
	r.Handle("/agents/*", api)
	// The service's own route writes what the endpoint lists.
	r.Post("/agents/{id}/done", func(w http.ResponseWriter, r *http.Request) {
		account, err := who.check(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		finish(w, r, engine, account)
	})
	return r, nil
}
