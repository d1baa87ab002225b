package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/sessiondex/sessiondex/httpapi"
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
	addr      string
	keyFile   string
	logFormat string
	quiet     bool
	handler   httpapi.Options
	server    httpapi.ServeOptions
}

// runServe loads the sessions and serves them as the "List sessions" API until
// ctx ends, then drains. The address that it listens on is in its log, on
// standard error.
func runServe(ctx context.Context, args []string, std stdio) (err error) {
	var c serveConfig
	fs := newFlags("serve", "--data FILE.jsonl --api-key KEY [flags]\n\n"+
		"Keys are also read from the environment: "+envAPIKeys+", "+envBearerTokens+".", std)
	data := addDataFlags(fs)
	c.addFlags(fs)
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	if err := c.complete(fs); err != nil {
		// One fault a line, each with the command's name before it.
		return usageError{strings.ReplaceAll(err.Error(), "\n", "\nsessiondex serve: ")}
	}
	c.server.Logger = slog.New(c.logHandler(std.err, slog.LevelInfo))
	c.handler.Logger = c.server.Logger
	if c.quiet {
		c.handler.Logger = slog.New(c.logHandler(std.err, slog.LevelWarn))
	}

	engine, err := data.open(ctx, stdio{std.in, std.out, logLines{c.server.Logger}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	handler, err := httpapi.NewHandler(engine, &c.handler)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	c.server.Logger.Info("loaded", slog.Int("sessions", engine.Len()), slog.Int("rejected", data.rejected()))
	return httpapi.Serve(ctx, listener, handler, &c.server)
}

func (c *serveConfig) addFlags(fs *flag.FlagSet) {
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen on `HOST:PORT`; port 0 picks a free one")
	fs.Func("api-key", "let in requests with this `KEY` in X-API-KEY; may be repeated", appendTo(&c.handler.APIKeys))
	fs.Func("bearer-token", "let in requests with this bearer `TOKEN`; may be repeated", appendTo(&c.handler.BearerTokens))
	fs.StringVar(&c.keyFile, "api-key-file", "", "read keys for X-API-KEY from this `FILE`, one a line; # begins a comment line")
	fs.BoolVar(&c.handler.AllowAnonymous, "allow-anonymous", false, "let everyone in, without a key")
	fs.BoolVar(&c.handler.Strict, "strict", false, "answer unknown parameters with 422")
	fs.StringVar(&c.handler.BasePath, "base-path", "", "put this `PATH` before every path of the API")
	fs.IntVar(&c.handler.MaxQueryBytes, "max-query-bytes", httpapi.DefaultMaxQueryBytes, "answer longer query strings with 414")
	fs.IntVar(&c.handler.MaxSnapshots, "max-snapshots", httpapi.DefaultMaxSnapshots, "hold at most this `many` versions for clients that page over one")
	fs.DurationVar(&c.handler.SnapshotLifetime, "snapshot-lifetime", httpapi.DefaultSnapshotLifetime, "hold a version until it was not used for so long")
	fs.IntVar(&c.handler.MaxStreams, "max-streams", httpapi.DefaultMaxStreams, "answer with 503 if there are this `many` event streams")
	fs.IntVar(&c.server.MaxHeaderBytes, "max-header-bytes", httpapi.DefaultMaxHeaderBytes, "answer larger request headers with 431")
	fs.DurationVar(&c.server.ReadHeaderTimeout, "read-header-timeout", httpapi.DefaultReadHeaderTimeout, "time to send the header of a request")
	fs.DurationVar(&c.server.ReadTimeout, "read-timeout", httpapi.DefaultReadTimeout, "time to send a request")
	fs.DurationVar(&c.server.WriteTimeout, "write-timeout", httpapi.DefaultWriteTimeout, "time to take an answer")
	fs.DurationVar(&c.server.IdleTimeout, "idle-timeout", httpapi.DefaultIdleTimeout, "time between two requests of a connection")
	fs.DurationVar(&c.server.DrainTimeout, "drain-timeout", httpapi.DefaultDrainTimeout, "time for running requests after a signal")
	fs.StringVar(&c.logFormat, "log-format", "text", "log as `text` or json")
	fs.BoolVar(&c.quiet, "quiet", false, "do not log each request")
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
func (c *serveConfig) complete(fs *flag.FlagSet) error {
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
	c.handler.APIKeys = append(c.handler.APIKeys, splitKeys(os.Getenv(envAPIKeys))...)
	c.handler.BearerTokens = append(c.handler.BearerTokens, splitKeys(os.Getenv(envBearerTokens))...)
	if c.keyFile != "" {
		keys, err := readKeys(c.keyFile)
		if err != nil {
			fault("api-key-file: %w", err)
		}
		c.handler.APIKeys = append(c.handler.APIKeys, keys...)
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if len(c.handler.APIKeys)+len(c.handler.BearerTokens) == 0 && !c.handler.AllowAnonymous {
		return fmt.Errorf("nobody could be let in: give --api-key, --bearer-token, --api-key-file or %s, or --allow-anonymous to let everyone in", envAPIKeys)
	}
	return c.handler.Validate()
}

func splitKeys(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
}

// readKeys reads a file of keys; one without any is a mistake.
func readKeys(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var keys []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: no keys in it", path)
	}
	return keys, nil
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
