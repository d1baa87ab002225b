package sources

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/sessiondex/sessiondex"
)

// Draft collects a reader's knowledge of one session before it becomes a Session. The
// zero Draft is empty.
type Draft struct {
	App    string
	Native string // the program's own id
	ID     string // without the program's prefix; default Native
	Parent string // the parent's ID, without the program's prefix

	// The candidates for the title, best first.
	Named, Generated, Prompt, Command string

	Created, Updated time.Time
	Channel          string
	Workspace        string
	Sub              bool
	Trigger          string // what started a task run; "" if a person did
	Asset            string
	Archived         bool
	Turn             Turn

	Members map[string]any // of Extra; empty strings, zero numbers and nils are left out
}

// Turn says how far a session's last turn got according to its last records.
type Turn uint8

// The zero Turn has ended, or is unknown.
const (
	TurnEnded   Turn = iota
	TurnOpen         // a prompt without a complete answer
	TurnAborted      // stopped by the user
	TurnFailed       // ended in an error
)

// See records a time from the store: the first becomes Created, the latest Updated.
func (d *Draft) See(t time.Time) {
	if t.IsZero() {
		return
	}
	if d.Created.IsZero() {
		d.Created = t
	}
	if t.After(d.Updated) {
		d.Updated = t
	}
}

// Set sets a member of Extra; it ignores empty strings, zero numbers and nils.
func (d *Draft) Set(name string, v any) {
	switch v {
	case nil, "", 0, int64(0), 0.0:
		return
	}
	if d.Members == nil {
		d.Members = make(map[string]any)
	}
	d.Members[name] = v
}

// state returns the session's state according to its last turn and the clock. An open
// turn stops running when StaleAfter has passed since its last record.
func (d *Draft) state(o *Options) string {
	// The absolute value, since a record from the far future, due to a wrong clock,
	// would count as running for years.
	current := o.Now().Sub(d.Updated).Abs() <= o.StaleAfter
	switch {
	case d.Archived:
		return "archived"
	case d.Turn == TurnFailed:
		return "failed"
	case d.Turn == TurnAborted:
		return "interrupted"
	case d.Turn == TurnOpen && current:
		return stateRunning
	case d.Turn == TurnOpen:
		return "interrupted"
	}
	return "completed"
}

const stateRunning = "running"

// Session returns the draft as a session, and false if it has no id or no time: such
// records are the program's bookkeeping.
func (d *Draft) Session(o *Options) (sessiondex.Session, bool) {
	id := d.ID
	if id == "" {
		id = d.Native
	}
	if d.Updated.Before(d.Created) {
		d.Updated = d.Created
	}
	if id == "" || !validTime(d.Created) || !validTime(d.Updated) {
		return sessiondex.Session{}, false
	}
	s := sessiondex.Session{
		ID: d.App + ":" + id, Title: d.title(), State: d.state(o), SourceChannel: clean(d.Channel), SessionType: "session",
		AppID: d.App, WorkspaceID: clean(d.Workspace), AOPAssetID: clean(d.Asset), TriggerType: d.Trigger,
		IsSubSession: d.Sub, IsTaskSession: d.Trigger != "",
		CreatedAt: d.Created.UTC(), UpdatedAt: d.Updated.UTC(),
	}
	s.ID = clean(s.ID)
	if d.Parent != "" {
		s.ParentSessionID, s.IsSubSession = clean(d.App+":"+d.Parent), true
	}
	d.Set("native_id", d.Native)
	s.Extra = extra(d.Members)
	return s, true
}

// title returns the best candidate that is not empty.
func (d *Draft) title() string {
	for _, t := range [...]string{d.Named, d.Generated, d.Prompt, d.Command} {
		if t = Title(t); t != "" {
			return t
		}
	}
	return ""
}

func validTime(t time.Time) bool {
	return !t.IsZero() && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999
}

// extra writes the members in the order of their names.
func extra(members map[string]any) string {
	if len(members) == 0 {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(members); err != nil {
		return "" // readers set strings, finite numbers and flags only
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// Unix returns the time of a number of seconds, milliseconds, microseconds or
// nanoseconds since 1970, and infers the unit from its size; the zero time for 0.
func Unix(n int64) time.Time {
	switch a := max(n, -n); {
	case n == 0:
		return time.Time{}
	case a < 1e11:
		return time.Unix(n, 0).UTC()
	case a < 1e14:
		return time.UnixMilli(n).UTC()
	case a < 1e17:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// UnixFloat is Unix for a number with a fraction, to the microsecond.
func UnixFloat(f float64) time.Time {
	if f == 0 || f != f || f > 1e12 || f < -1e12 {
		return time.Time{}
	}
	if f >= 1e11 || f <= -1e11 {
		f /= 1e3
	}
	return time.UnixMicro(int64(f*1e6 + 0.5)).UTC()
}

// Time parses a timestamp in RFC 3339 or in the form of SQLite's CURRENT_TIMESTAMP,
// which is UTC. It returns the zero time for anything else.
func Time(s string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC()
	}
	for _, form := range [...]string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
