package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/sources"
	"github.com/sessiondex/sessiondex/sources/sqlite"
)

// The variables that serve takes credentials from, since a command line is
// visible to every user of the machine. Between credentials stand commas or
// white space.
const (
	envAPIKeys      = "SESSIONDEX_API_KEYS"
	envBearerTokens = "SESSIONDEX_BEARER_TOKENS"
)

// serveConfig is what the command line and the environment ask of serve.
type serveConfig struct {
	data                  dataFlags
	addr                  string
	tls                   certificate
	apiKeys, bearerTokens []string
	keyFile               string
	keys                  keyring
	followed              sync.WaitGroup // the goroutine that follows a file
	logFormat             string
	quiet                 bool
	metricsAddr           string
	noUI                  bool
	follow                string
	write                 bool
	handler               httpapi.Options
	server                httpapi.ServeOptions
}

func newServe(std stdio) *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve {--data FILE | --db FILE | --local} {--api-key KEY | --api-key-file FILE | --allow-anonymous} [flags]",
		Short: `Serve sessions as the "List sessions" API`,
		Long: "Serve sessions as the \"List sessions\" API until a signal, then drain. The address is in the log, on standard error.\n" +
			"Keys are also read from the environment: " + envAPIKeys + ", " + envBearerTokens + ".",
		Example: "  sessiondex serve --data sessions.jsonl --api-key demo\n" +
			"  sessiondex serve --db demo.db --api-key-file keys.txt --addr 0.0.0.0:8080\n" +
			"  sessiondex serve --local --allow-anonymous",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, std) },
	}
	where := newFlags("Where the sessions are")
	c.data.add(where)
	where.StringVar(&c.follow, "follow", "", "take the JSON Lines of this `file`, and go on with those that are appended to it; alone, or beside --data or --db")
	where.BoolVar(&c.data.membersInFile, "members-in-file", false, "leave long members that are not indexed in the database, and read them for each page: less memory")
	where.IntVar(&c.data.keepChanges, "keep-changes", 0, "`number` of commits to keep in the database, so that event streams go on after a restart (default: in memory only)")
	withFlags(cmd, where, c.who(), c.door(), c.limits(), c.log(), c.data.input.group())
	return cmd
}

// run loads the sessions and serves them until the context ends, then drains. It
// listens before it loads, so that who asks is told to wait.
func (c *serveConfig) run(cmd *cobra.Command, std stdio) (err error) {
	if err := c.complete(cmd.Flags()); err != nil {
		// One fault a line, each with the command's name before it.
		return usageError{strings.ReplaceAll(err.Error(), "\n", "\nsessiondex serve: ")}
	}
	c.server.Logger = slog.New(c.logHandler(std.err, slog.LevelInfo))
	c.handler.Logger = c.server.Logger
	if c.quiet {
		c.handler.Logger = slog.New(c.logHandler(std.err, slog.LevelWarn))
	}
	c.data.writable, c.data.optional = c.write || c.follow != "", c.follow != ""
	if err := c.data.check(); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(cmd.Context())
	defer stop(nil)
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return err
	}
	if c.tls.certFile != "" {
		listener = c.tls.wrap(listener)
	}
	g, m := newGate(ctx), newMetrics()
	c.data.observer = m.observer()
	if c.metricsAddr != "" {
		end, err := c.serveMetrics(ctx, m)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer end()
	}
	c.reloadOn(ctx, hangUps(ctx))
	if c.write && c.data.db == "" {
		c.server.Logger.Warn("writes are kept in memory only; --db keeps them in a file")
	}

	loaded := make(chan *sessiondex.Engine, 1)
	go func() {
		engine, err := c.load(ctx, std, g, m)
		if err != nil {
			stop(err)
		}
		loaded <- engine
	}()
	err = httpapi.Serve(ctx, listener, m.count(c.handler.BasePath, g), &c.server)
	stop(nil)
	if engine := <-loaded; engine != nil {
		c.followed.Wait()
		err = errors.Join(err, engine.Close())
	}
	if cause := context.Cause(ctx); err == nil && cause != nil && cmd.Context().Err() == nil && !errors.Is(cause, context.Canceled) {
		err = cause // what failed was the loading
	}
	return err
}

// load opens the gate to the sessions once they are there.
func (c *serveConfig) load(ctx context.Context, std stdio, g *gate, m *metrics) (*sessiondex.Engine, error) {
	engine, err := c.data.open(ctx, stdio{std.in, std.out, logLines{c.server.Logger}})
	if err != nil {
		return nil, err
	}
	if c.write {
		c.handler.Writer = engine.Writer()
	}
	handler, err := httpapi.NewHandler(engine, &c.handler)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	if !c.noUI {
		if handler, err = c.withPage(handler, engine.Schema()); err != nil {
			return nil, errors.Join(err, engine.Close())
		}
	}
	if c.data.local {
		c.followSources(ctx, engine)
	}
	if c.follow != "" {
		t := &tailer{path: c.follow, engine: engine, log: c.server.Logger}
		if err := t.step(ctx); err != nil {
			t.close()
			return nil, errors.Join(err, engine.Close())
		}
		c.followed.Go(func() { t.run(ctx) })
	}
	m.watch(engine)
	g.open(m.guard(c.seesAll, c.maintenance(engine, handler)))
	c.server.Logger.Info("loaded", slog.Int("sessions", engine.Len()), slog.Int("rejected", c.data.rejected()))
	return engine, nil
}

// followSources keeps what is served in step with the stores of other programs, in the
// background. Closing the engine ends it too.
func (c *serveConfig) followSources(ctx context.Context, e *sessiondex.Engine) {
	srcs, err := c.data.sources.list()
	if err != nil {
		c.server.Logger.Error("following", slog.String("error", err.Error()))
		return
	}
	log := c.server.Logger
	go func() {
		err := sources.Follow(ctx, e, srcs, &sources.Options{Readers: sqlite.All(), Report: func(s sources.Source, r sources.Report, err error) {
			if err != nil {
				log.Warn("a store cannot be read", slog.String("store", s.Root), slog.String("error", err.Error()))
				return
			}
			log.Info("read", slog.String("store", s.Root), slog.Int("changed", r.Put), slog.Int("vanished", r.Vanished), slog.Int("faults", len(r.Faults)))
		}})
		if err != nil && !errors.Is(err, sessiondex.ErrClosed) {
			log.Error("following", slog.String("error", err.Error()))
		}
	}()
}

// seesAll reports whether a request comes from somebody who may see everything.
func (c *serveConfig) seesAll(r *http.Request) bool {
	if c.handler.AllowAnonymous {
		return false // a web page may be the one that asks
	}
	g := c.keys.find(r)
	return g != nil && g.whole
}

// serveMetrics answers the metrics, to anyone, on an address of their own.
func (c *serveConfig) serveMetrics(ctx context.Context, m *metrics) (end func(), err error) {
	l, err := listen(ctx, c.metricsAddr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, m.handler)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: c.server.ReadHeaderTimeout, WriteTimeout: c.server.WriteTimeout}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	c.server.Logger.Info("serving metrics", slog.String("addr", l.Addr().String()))
	return func() {
		_ = srv.Close()
		<-done
	}, nil
}

// hangUps yields the signals that ask for a reload.
func hangUps(ctx context.Context) <-chan os.Signal {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	context.AfterFunc(ctx, func() { signal.Stop(asked) })
	return asked
}

// reloadOn reads the key file and the certificate again at each signal. If one of them
// is faulty, what was read before goes on counting.
func (c *serveConfig) reloadOn(ctx context.Context, asked <-chan os.Signal) {
	go func() {
		for {
			select {
			case <-asked:
			case <-ctx.Done():
				return
			}
			grants, err := c.grants()
			if err == nil && c.tls.certFile != "" {
				err = c.tls.load()
			}
			if err != nil {
				c.server.Logger.Error("reload failed, nothing is changed", slog.Any("error", err))
				continue
			}
			c.keys.replace(grants)
			c.server.Logger.Info("reloaded", slog.Int("keys", len(grants)))
		}
	}()
}

func (c *serveConfig) who() flagGroup {
	g := newFlags("Who is let in")
	g.Var(textFlag{"key", appendTo(&c.apiKeys)}, "api-key", "let in requests with this key in X-API-KEY; may be repeated")
	g.Var(textFlag{"token", appendTo(&c.bearerTokens)}, "bearer-token", "let in requests with this bearer token; may be repeated")
	g.StringVar(&c.keyFile, "api-key-file", "", "read keys for X-API-KEY from this `file`: one a line, then what it may do, as in: KEY workspace=w1,w2 app=a1 default=w1 write name=ci where='owner=u7'; # begins a comment; read again at SIGHUP")
	g.BoolVar(&c.handler.AllowAnonymous, "allow-anonymous", false, "let everyone in, without a key")
	g.BoolVar(&c.write, "write", false, "take writes, of keys given here and of lines of the key file with the word write; without --db they are kept in memory only")
	g.StringArrayVar(&c.handler.AllowedOrigins, "cors-origin", nil, "let pages of this `origin` read and write from browsers, such as https://app.example; may be repeated")
	g.StringArrayVar(&c.handler.AllowedHosts, "allowed-host", nil, "answer requests for this host `name`, and refuse others; may be repeated")
	return g
}

func (c *serveConfig) door() flagGroup {
	g := newFlags("How it is reached")
	g.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen on `host:port`; port 0 picks a free one; unix:/path is a socket")
	g.StringVar(&c.tls.certFile, "tls-cert", "", "speak TLS with the certificate in this `file` (PEM); read again at SIGHUP")
	g.StringVar(&c.tls.keyFile, "tls-key", "", "the certificate's key, a `file` (PEM)")
	g.StringVar(&c.handler.BasePath, "base-path", "", "put this `path` before every path of the API")
	g.BoolVar(&c.noUI, "no-ui", false, "do not show the page at /")
	g.BoolVar(&c.handler.AsStored, "as-stored", false, "answer with sessions as they were put, not completed for clients of the public API")
	g.BoolVar(&c.handler.Strict, "strict", false, "answer unknown parameters with 422")
	return g
}

func (c *serveConfig) limits() flagGroup {
	g := newFlags("Limits")
	g.IntVar(&c.handler.MaxQueryBytes, "max-query-bytes", httpapi.DefaultMaxQueryBytes, "longest query string, in `bytes`; a longer one is answered with 414")
	g.DurationVar(&c.handler.Deadline, "deadline", httpapi.DefaultDeadline, "`time` after which a request is cancelled and answered with 503")
	g.IntVar(&c.handler.MaxBodyBytes, "max-body-bytes", httpapi.DefaultMaxBodyBytes, "longest body, in `bytes`; a longer one is answered with 413")
	g.IntVar(&c.handler.MaxBatch, "max-batch", httpapi.DefaultMaxBatch, "largest `number` of sessions in a body; more are answered with 413")
	g.IntVar(&c.handler.MaxSnapshots, "max-snapshots", httpapi.DefaultMaxSnapshots, "`number` of versions to hold for clients that page over one")
	g.DurationVar(&c.handler.SnapshotLifetime, "snapshot-lifetime", httpapi.DefaultSnapshotLifetime, "`time` after its last use for which a version is held")
	g.IntVar(&c.handler.MaxStreams, "max-streams", httpapi.DefaultMaxStreams, "`number` of event streams at a time; one more is answered with 503")
	g.IntVar(&c.server.MaxHeaderBytes, "max-header-bytes", httpapi.DefaultMaxHeaderBytes, "longest request header, in `bytes`; a longer one is answered with 431")
	g.DurationVar(&c.server.ReadHeaderTimeout, "read-header-timeout", httpapi.DefaultReadHeaderTimeout, "`time` to send the header of a request")
	g.DurationVar(&c.server.ReadTimeout, "read-timeout", httpapi.DefaultReadTimeout, "`time` to send a request")
	g.DurationVar(&c.server.WriteTimeout, "write-timeout", httpapi.DefaultWriteTimeout, "`time` to take an answer")
	g.DurationVar(&c.server.IdleTimeout, "idle-timeout", httpapi.DefaultIdleTimeout, "`time` between two requests of a connection")
	g.DurationVar(&c.server.DrainTimeout, "drain-timeout", httpapi.DefaultDrainTimeout, "`time` for running requests after a signal")
	return g
}

func (c *serveConfig) log() flagGroup {
	g := newFlags("What is seen of it")
	g.StringVar(&c.logFormat, "log-format", "text", "`how` to log: text or json")
	g.BoolVar(&c.quiet, "quiet", false, "do not log each request")
	g.StringVar(&c.metricsAddr, "metrics-addr", "", "answer /metrics for Prometheus on this `host:port` too, to anyone; on --addr it needs a key that sees everything")
	return g
}

func appendTo(list *[]string) func(string) error {
	return func(value string) error {
		if value == "" {
			return errors.New("is empty")
		}
		*list = append(*list, value)
		return nil
	}
}

// complete adds the credentials that are not on the command line, and lists
// every fault.
func (c *serveConfig) complete(fs *pflag.FlagSet) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.logFormat != "text" && c.logFormat != "json" {
		fault("log-format: Input should be 'text' or 'json' (got %q)", c.logFormat)
	}
	// The library takes 0 for the default; on a command line that would surprise.
	for _, limit := range []struct {
		flag  string
		value int64
	}{
		{"max-query-bytes", int64(c.handler.MaxQueryBytes)},
		{"deadline", int64(c.handler.Deadline)},
		{"max-body-bytes", int64(c.handler.MaxBodyBytes)},
		{"max-batch", int64(c.handler.MaxBatch)},
		{"max-snapshots", int64(c.handler.MaxSnapshots)},
		{"snapshot-lifetime", int64(c.handler.SnapshotLifetime)},
		{"max-streams", int64(c.handler.MaxStreams)},
		{"max-header-bytes", int64(c.server.MaxHeaderBytes)},
		{"read-header-timeout", int64(c.server.ReadHeaderTimeout)},
		{"read-timeout", int64(c.server.ReadTimeout)},
		{"write-timeout", int64(c.server.WriteTimeout)},
		{"idle-timeout", int64(c.server.IdleTimeout)},
		{"drain-timeout", int64(c.server.DrainTimeout)},
	} {
		if limit.value <= 0 {
			fault("%s: Input should be greater than 0 (got %s)", limit.flag, fs.Lookup(limit.flag).Value)
		}
	}
	if (c.tls.certFile == "") != (c.tls.keyFile == "") {
		fault("tls-cert, tls-key: give both or neither")
	} else if c.tls.certFile != "" {
		if err := c.tls.load(); err != nil {
			faults = append(faults, err)
		}
	}
	grants, err := c.grants()
	if err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if len(grants) == 0 && !c.handler.AllowAnonymous {
		return fmt.Errorf("nobody could be let in: give --api-key, --bearer-token, --api-key-file or %s, or --allow-anonymous to let everyone in", envAPIKeys)
	}
	if len(grants) > 0 {
		c.handler.Authenticate, c.handler.Login = c.keys.authenticate, true
	}
	c.keys.replace(grants)
	return c.handler.Validate()
}

// grants returns all credentials: of the command line, the environment and the file.
func (c *serveConfig) grants() ([]grant, error) {
	var grants []grant
	// The handler knows which credentials no request could present.
	plain := httpapi.Options{
		APIKeys:      slices.Concat(c.apiKeys, splitKeys(os.Getenv(envAPIKeys))),
		BearerTokens: slices.Concat(c.bearerTokens, splitKeys(os.Getenv(envBearerTokens))),
	}
	for i, key := range plain.APIKeys {
		grants = append(grants, grant{secret: key, whole: true, principal: httpapi.Principal{Name: fmt.Sprintf("key %d", i+1), Write: true}})
	}
	for i, token := range plain.BearerTokens {
		grants = append(grants, grant{secret: token, bearer: true, whole: true, principal: httpapi.Principal{Name: fmt.Sprintf("token %d", i+1), Write: true}})
	}
	if c.keyFile != "" {
		fields, err := c.data.fields.schema()
		if err != nil {
			return nil, err
		}
		listed, err := readGrants(c.keyFile, fields)
		if err != nil {
			return nil, fmt.Errorf("api-key-file: %w", err)
		}
		for _, g := range listed {
			plain.APIKeys = append(plain.APIKeys, g.secret)
		}
		grants = append(grants, listed...)
	}
	if len(grants) == 0 {
		return nil, nil
	}
	return grants, plain.Validate()
}

func splitKeys(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
}

// logLines logs what is written to it, a line each, as warnings.
type logLines struct{ log *slog.Logger }

func (l logLines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		l.log.Warn(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

func (c *serveConfig) logHandler(w io.Writer, level slog.Level) slog.Handler {
	opts := &slog.HandlerOptions{Level: level}
	if c.logFormat == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}
