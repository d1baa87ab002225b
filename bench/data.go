package main

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

// dataset says which sessions are measured. Equal data sets hold equal sessions, in
// this process and in its children.
type dataset struct {
	N      int           `json:"n"`
	Seed   uint64        `json:"seed"`
	Preset corpus.Preset `json:"preset"`
	// Titles is a file of titles, one per line, that take the place of the generated
	// ones; "" keeps those.
	Titles string `json:"titles,omitempty"`
}

// sessions yields the data set. Titles from a file are dealt out in the order of
// its lines, and again from the first if there are too few.
func (d dataset) sessions() (iter.Seq[sessiondex.Session], error) {
	o := corpus.Options{N: d.N, Seed: d.Seed, Preset: d.Preset}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	generated := corpus.Sessions(o)
	if d.Titles == "" {
		return generated, nil
	}
	titles, err := readTitles(d.Titles, d.N)
	if err != nil {
		return nil, err
	}
	return func(yield func(sessiondex.Session) bool) {
		i := 0
		for s := range generated {
			s.Title = titles[i%len(titles)]
			i++
			if !yield(s) {
				return
			}
		}
	}, nil
}

// readTitles reads up to n lines. Lines that are not UTF-8 have the faulty bytes
// replaced, as a session could not hold them.
func readTitles(path string, n int) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("-titles: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, sessiondex.DefaultMaxTitleBytes)
	var titles []string
	for len(titles) < n && lines.Scan() {
		titles = append(titles, strings.ToValidUTF8(lines.Text(), "\uFFFD"))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("-titles: %s, line %d: %w", path, len(titles)+1, err)
	}
	if len(titles) == 0 {
		return nil, fmt.Errorf("-titles: %s has no lines", path)
	}
	return titles, nil
}

// collect is the whole data set in memory, with strings of its own.
func (d dataset) collect() ([]sessiondex.Session, error) {
	all, err := d.sessions()
	if err != nil {
		return nil, err
	}
	out := make([]sessiondex.Session, 0, d.N)
	for s := range all {
		out = append(out, s)
	}
	return out, nil
}

// sample is sessions at equal distances, at most count of them.
func (d dataset) sample(count int) ([]sessiondex.Session, error) {
	all, err := d.sessions()
	if err != nil {
		return nil, err
	}
	step, i := max(1, (d.N+count-1)/max(count, 1)), 0
	var out []sessiondex.Session
	for s := range all {
		if i%step == 0 {
			out = append(out, s)
		}
		i++
	}
	return out, nil
}

// ownBytes is what a session holds, without any structure around it: its text and
// two instants of eight bytes.
func ownBytes(s *sessiondex.Session) int {
	return len(s.ID) + len(s.Title) + len(s.State) + len(s.SourceChannel) + len(s.SessionType) + len(s.AppID) + len(s.WorkspaceID) +
		len(s.ParentSessionID) + len(s.AOPAssetID) + len(s.TriggerType) + len(s.Extra) + 16
}

// updates is an endless stream of changes to sessions of the data set, the same for
// every candidate: nine in ten move state and updated_at, as most changes of a real
// store do, and the tenth renames.
type updates struct {
	sessions []sessiondex.Session
	states   []string
	made     int
}

func newUpdates(sample []sessiondex.Session) *updates {
	return &updates{sessions: sample, states: corpus.States()}
}

// next returns the session as it is after the next change.
func (u *updates) next() sessiondex.Session {
	i := u.made
	u.made++
	// A prime stride, so that neighbours in time of creation are not changed together.
	s := &u.sessions[i*7919%len(u.sessions)]
	s.UpdatedAt = corpus.Reference.Add(time.Duration(u.made) * time.Millisecond)
	s.State = u.states[i%len(u.states)]
	if i%10 == 9 {
		s.Title = fmt.Sprintf("%s (renamed %d)", strings.TrimSuffix(s.Title, ")"), i)
		if len(s.Title) > 200 {
			s.Title = fmt.Sprintf("Renamed %d", i)
		}
	}
	return *s
}

// batch returns the next changes. No session is among them twice.
func (u *updates) batch(size int) []sessiondex.Session {
	out := make([]sessiondex.Session, 0, size)
	seen := make(map[string]bool, size)
	for range size {
		if s := u.next(); !seen[s.ID] {
			seen[s.ID] = true
			out = append(out, s)
		}
	}
	return out
}
