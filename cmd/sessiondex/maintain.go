package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/sessiondex/sessiondex"
)

// compactPath has the database of a server compacted. It is below the base path.
const compactPath = "/admin/compact"

// compacted is how large a database was and is.
type compacted struct {
	Before int64 `json:"bytes_before"`
	After  int64 `json:"bytes"`
}

// compactDB compacts the database that an engine has open.
func compactDB(ctx context.Context, e *sessiondex.Engine, path string) (c compacted, err error) {
	before, err := os.Stat(path)
	if err == nil {
		err = e.Compact(ctx)
	}
	if err != nil {
		return c, err
	}
	after, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	return compacted{before.Size(), after.Size()}, nil
}

// maintenance answers compactPath, for those who may see and write everything.
func (c *serveConfig) maintenance(e *sessiondex.Engine, next http.Handler) http.Handler {
	var sameOrigin http.CrossOriginProtection
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != c.handler.BasePath+compactPath {
			next.ServeHTTP(w, r)
			return
		}
		g := c.keys.find(r)
		switch {
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, `{"detail":"Method Not Allowed"}`)
		case sameOrigin.Check(r) != nil:
			answer(w, http.StatusForbidden, `{"detail":"A page of another origin may not do this"}`)
		case g == nil:
			w.Header().Set("Www-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, `{"detail":"Missing or invalid credentials"}`)
		case !g.whole || !g.principal.Write:
			answer(w, http.StatusForbidden, `{"detail":"Compacting needs a key that sees and writes everything"}`)
		case c.data.db == "" || !c.write:
			answer(w, http.StatusNotImplemented, `{"detail":"This server keeps no database that it may write to"}`)
		default:
			// It takes about a second for each 100 MB.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
			done, err := compactDB(r.Context(), e, c.data.db)
			if err != nil {
				c.server.Logger.Error("compacting failed", slog.String("error", err.Error()))
				answer(w, http.StatusInternalServerError, `{"detail":"Compacting failed; the server's log says why"}`)
				return
			}
			c.server.Logger.Info("compacted", slog.Int64("bytes_before", done.Before), slog.Int64("bytes", done.After))
			body, _ := json.Marshal(done) // two numbers have no error
			answer(w, http.StatusOK, string(body))
		}
	})
}

// compact has a server compact its database.
func (s *server) compact(ctx context.Context) (c compacted, err error) {
	res, err := s.send(ctx, http.MethodPost, compactPath, nil)
	if err != nil {
		return c, lacking(err, "database to compact", "compact a file with --db")
	}
	err = json.NewDecoder(res.Body).Decode(&c)
	return c, errors.Join(err, res.Body.Close())
}

// lockedHint says of a database that is open elsewhere what to do, by the command that
// was to open it.
func lockedHint(command string, asksServers bool) string {
	const wait = "If it is another command, wait for its end. If it is a server, "
	switch {
	case asksServers:
		return wait + "name that in place of the file: --url http://127.0.0.1:8080"
	case command == "diff":
		return wait + "give its address in place of the file: http://127.0.0.1:8080"
	}
	return wait + cmp.Or(map[string]string{
		"import": "put the file there: sessiondex put --url http://127.0.0.1:8080 FILE",
		"verify": "end it first: it may be writing",
		"scan":   "end it first, or serve --local",
	}[command], "end it first")
}
