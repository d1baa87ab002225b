package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultMaxQueryBytes is the longest query string that is read unless
// Options.MaxQueryBytes says otherwise. It has room for ten thousand list
// values of a dozen letters.
const DefaultMaxQueryBytes = 128 << 10

// What a handler holds for its clients unless Options say otherwise.
const (
	DefaultMaxSnapshots     = 64
	DefaultSnapshotLifetime = 5 * time.Minute
	DefaultMaxStreams       = 10_000
	DefaultDeadline         = 20 * time.Second
	DefaultMaxBodyBytes     = 8 << 20
	DefaultMaxBatch         = 10_000
)

// maxCredential bounds a key or token in bytes. A longer one cannot be
// configured, so a longer one that is presented need not be hashed.
const maxCredential = 4096

// Options configure a handler. Exactly one way to decide who is let in must be
// chosen: keys and tokens, Authenticate, or AllowAnonymous.
type Options struct {
	// APIKeys are the values of X-API-KEY that are let in. The handler keeps
	// their SHA-256 hashes only.
	APIKeys []string
	// BearerTokens are the tokens of "Authorization: Bearer" that are let in,
	// kept like APIKeys.
	BearerTokens []string

	// Authenticate decides instead of keys and tokens, and says what its
	// principal may see. Any error is answered with the same 401, but for one
	// that wraps ErrAuthUnavailable, which is answered with 503. It is called
	// by many goroutines at once, before any parameter is looked at.
	Authenticate func(*http.Request) (Principal, error)

	// AllowAnonymous lets everyone in who reaches the handler, and lets them see
	// everything.
	AllowAnonymous bool

	// Writer lets principals that may write do so: PUT, PATCH and DELETE on a session,
	// POST of new ones, read and unread. Nil: sessions can only be read.
	Writer Writer
	// MaxBodyBytes and MaxBatch bound the body of a write and the sessions in it; more
	// is answered with 413. 0 means DefaultMaxBodyBytes and DefaultMaxBatch.
	MaxBodyBytes, MaxBatch int

	// AllowedOrigins are the origins, such as "https://app.example", whose pages may
	// read and write from browsers (CORS). Pages of other origins can do neither.
	AllowedOrigins []string
	// Login adds POST /api/v0/login and /logout, by which browsers turn credentials
	// into a cookie, so that EventSource works.
	Login bool

	// BasePath is put before every path, such as "/sessions" for
	// /sessions/api/v0/sessions. It must be the path that clients see, since
	// links are made of it. Empty, or a "/" followed by segments, without an
	// escape and without a final slash.
	BasePath string

	// Strict answers a parameter of a listing or a count that the contract does
	// not know with 422, where it is otherwise ignored.
	Strict bool

	// AsStored answers with sessions exactly as they were put, where they are
	// otherwise completed for clients of the public API; see
	// [sessiondex.Session.AppendContractJSON].
	AsStored bool

	// MaxQueryBytes is the longest query string that is read; a longer one is
	// answered with 414. 0 means DefaultMaxQueryBytes.
	MaxQueryBytes int

	// AllowedHosts are the host names, without port, that requests may be for; others
	// are answered with 421. Loopback names are always allowed on loopback addresses.
	// If empty, every name is allowed, but with AllowAnonymous on a loopback address
	// only loopback names: else any web page could have its name resolve to it, and
	// read everything.
	AllowedHosts []string

	// Deadline bounds the work for one request, event streams apart; one that takes
	// longer is cancelled and answered with 503. 0 means DefaultDeadline.
	Deadline time.Duration

	// MaxSnapshots is how many versions are held for clients that asked for one to
	// page over (snapshot=new); for one more, one goes of the principal that holds
	// most: that which was not used for longest. A version holds on to the memory that only it uses: what was written
	// since. 0 means DefaultMaxSnapshots.
	MaxSnapshots int
	// SnapshotLifetime is how long a version is held after it was last used. 0 means
	// DefaultSnapshotLifetime.
	SnapshotLifetime time.Duration
	// MaxStreams is how many event streams there may be at a time; one more is
	// answered with 503, and so is one of a principal that has as many as are left for
	// all others. 0 means DefaultMaxStreams.
	MaxStreams int

	// Logger receives one record for each request, at level Info, and failures
	// at level Error: method, path without query, status, duration, rows; never
	// a credential, a parameter or a title. If nil, only failures are logged, to
	// slog.Default().
	Logger *slog.Logger
}

// Validate lists every fault of the options in one error, the one that NewHandler
// returns. Credentials are named by their position, never shown.
func (o *Options) Validate() error {
	var faults []error
	for i, k := range o.APIKeys {
		if err := checkCredential(k); err != nil {
			faults = append(faults, fmt.Errorf("httpapi: APIKeys[%d]: %w", i, err))
		}
	}
	for i, t := range o.BearerTokens {
		if err := checkCredential(t); err != nil {
			faults = append(faults, fmt.Errorf("httpapi: BearerTokens[%d]: %w", i, err))
		} else if strings.ContainsAny(t, " \t") {
			faults = append(faults, fmt.Errorf("httpapi: BearerTokens[%d]: has white space inside", i))
		}
	}
	static := len(o.APIKeys)+len(o.BearerTokens) > 0
	switch {
	case static && o.Authenticate != nil:
		faults = append(faults, errors.New("httpapi: Authenticate is set beside APIKeys or BearerTokens; choose one"))
	case o.AllowAnonymous && (static || o.Authenticate != nil):
		faults = append(faults, errors.New("httpapi: AllowAnonymous is set beside keys, tokens or Authenticate; choose one"))
	case !static && o.Authenticate == nil && !o.AllowAnonymous:
		faults = append(faults, errors.New("httpapi: nobody could be let in: give APIKeys, BearerTokens or Authenticate, or set AllowAnonymous to let everyone in"))
	}
	if err := checkBasePath(o.BasePath); err != nil {
		faults = append(faults, fmt.Errorf("httpapi: BasePath %q: %w", o.BasePath, err))
	}
	if o.MaxQueryBytes < 0 {
		faults = append(faults, fmt.Errorf("httpapi: MaxQueryBytes %d: must not be negative", o.MaxQueryBytes))
	}
	for _, limit := range []struct {
		name  string
		value int
	}{{"MaxSnapshots", o.MaxSnapshots}, {"MaxStreams", o.MaxStreams}, {"MaxBodyBytes", o.MaxBodyBytes}, {"MaxBatch", o.MaxBatch}} {
		if limit.value < 0 {
			faults = append(faults, fmt.Errorf("httpapi: %s %d: must not be negative", limit.name, limit.value))
		}
	}
	if o.SnapshotLifetime < 0 {
		faults = append(faults, fmt.Errorf("httpapi: SnapshotLifetime %v: must not be negative", o.SnapshotLifetime))
	}
	if o.Deadline < 0 {
		faults = append(faults, fmt.Errorf("httpapi: Deadline %v: must not be negative", o.Deadline))
	}
	for i, origin := range o.AllowedOrigins {
		if err := checkOrigin(origin); err != nil {
			faults = append(faults, fmt.Errorf("httpapi: AllowedOrigins[%d] %q: %w", i, origin, err))
		}
	}
	for i, name := range o.AllowedHosts {
		if name == "" || strings.ContainsAny(name, "/@ ") || hostname(name) != name {
			faults = append(faults, fmt.Errorf("httpapi: AllowedHosts[%d] %q: must be a host name without a port", i, name))
		}
	}
	return errors.Join(faults...)
}

// checkOrigin refuses what no browser would send, a wildcard above all.
func checkOrigin(origin string) error {
	if err := new(http.CrossOriginProtection).AddTrustedOrigin(origin); err != nil {
		return err
	}
	scheme, host, _ := strings.Cut(origin, "://")
	usual := map[string]string{"http": ":80", "https": ":443"}[scheme]
	switch {
	case strings.Contains(origin, "*"):
		return errors.New("must be one origin: there are no wildcards")
	case origin != strings.ToLower(origin), usual != "" && strings.HasSuffix(host, usual):
		return errors.New("must be as browsers send it: in lower case, and without the port that is usual for the scheme")
	}
	return nil
}

// checkCredential refuses what no request could present: net/http trims header
// values and refuses control characters in them.
func checkCredential(s string) error {
	switch {
	case s == "":
		return errors.New("is empty")
	case len(s) > maxCredential:
		return fmt.Errorf("is %d bytes long, at most %d are allowed", len(s), maxCredential)
	case strings.TrimSpace(s) != s:
		return errors.New("has white space around it")
	case !utf8.ValidString(s):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return errors.New("holds a control character")
	}
	return nil
}

func checkBasePath(p string) error {
	if p == "" {
		return nil
	}
	if p[0] != '/' {
		return errors.New("must begin with a slash")
	}
	for seg := range strings.SplitSeq(p[1:], "/") {
		if seg == "" || seg == "." || seg == ".." {
			return errors.New("must not have empty or dot segments, nor a final slash")
		}
		if strings.ContainsFunc(seg, notUnreserved) {
			return errors.New("may hold letters, digits and -._~ only")
		}
	}
	return nil
}

// notUnreserved reports whether a URL might write r in more ways than one.
func notUnreserved(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r))
}
