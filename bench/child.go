package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// task is what a child process is told: one candidate, one data set.
type task struct {
	Candidate string        `json:"candidate"`
	Data      dataset       `json:"data"`
	Words     words         `json:"words"`
	Limits    limits        `json:"limits"`
	Quick     bool          `json:"quick"`
	Rates     []int         `json:"rates"`
	MixSpan   time.Duration `json:"mix_span_ns"`
	// LoadMost is the time that the load may take, and Most that of all the rest: what
	// is not measured by then is left out and said to be.
	LoadMost time.Duration `json:"load_most_ns"`
	Most     time.Duration `json:"most_ns"`
	// Part is the number of sessions that a store is loaded by, if it is of more than
	// twice as many and the candidate can take them so.
	Part int `json:"part"`
	// Answers is the file that the first candidate writes its answers to, and all
	// others compare theirs with.
	Answers string `json:"answers"`
	// First says that this is the first candidate, Lone that there is no other.
	First bool `json:"first"`
	// Dir is a folder for the candidate's files.
	Dir string `json:"dir"`
}

// sampleSize is how many sessions are changed by updates.
const sampleSize = 50_000

// result is what a child reports of its candidate.
type result struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Skipped is why there is nothing else here, or why some of it is missing.
	Skipped string `json:"skipped,omitempty"`

	Load time.Duration `json:"load_ns,omitempty"`
	// Heap and RSS are what the loaded candidate adds, Own is the text of the sessions
	// and 16 bytes each, File the bytes on disk.
	Heap int64 `json:"heap_bytes"`
	RSS  int64 `json:"rss_bytes"`
	Own  int64 `json:"own_bytes"`
	File int64 `json:"file_bytes,omitempty"`

	Rows []rowResult `json:"rows"`
	// Asking is what the runtime did while the questions were timed.
	Asking *spell        `json:"asking,omitempty"`
	Update timing        `json:"update"`
	Batch  timing        `json:"batch_1000"`
	Mixes  []mixed       `json:"mixes,omitempty"`
	Close  time.Duration `json:"close_ns"`
	// Open is how long it takes from the opening of a file to the first listing, and
	// Indexed until nothing is left to do in the background.
	Open    time.Duration `json:"open_ns,omitempty"`
	Indexed time.Duration `json:"indexed_ns,omitempty"`
}

// rowResult is one question.
type rowResult struct {
	Question string `json:"question"`
	timing
	// Total is the mean number of matches.
	Total int `json:"total,omitempty"`
	// Warmth is the same question with hot and with cold caches.
	Warmth *warmth `json:"warmth,omitempty"`
	// Missing is why there is no time.
	Missing string `json:"missing,omitempty"`
}

// event is one line that a child writes to its standard output.
type event struct {
	Progress string  `json:"progress,omitempty"`
	Result   *result `json:"result,omitempty"`
	Error    string  `json:"error,omitempty"`
}

// reporter writes events, also when time is up while the candidate is still busy.
type reporter struct {
	mu   sync.Mutex
	out  *json.Encoder
	done bool
}

func (r *reporter) send(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return
	}
	r.done = e.Result != nil || e.Error != ""
	// A parent that is gone is noticed by the next write to it at the latest.
	if err := r.out.Encode(e); err != nil {
		os.Exit(1)
	}
}

func (r *reporter) say(format string, args ...any) {
	r.send(event{Progress: fmt.Sprintf(format, args...)})
}

// runChild carries out the task in a file, in a process of its own, so that neither
// memory nor garbage of one candidate weighs on another.
func runChild(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var t task
	if err := json.Unmarshal(text, &t); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	found, err := selectEntrants([]string{t.Candidate})
	if err != nil {
		return err
	}
	out := &reporter{out: json.NewEncoder(os.Stdout)}
	res := &result{Name: found[0].name, About: found[0].about}
	// A call that does not come back cannot be stopped, only left behind.
	// A candidate that begins anew after the comparison is loaded twice.
	most := 2*t.LoadMost + t.Most + t.Most/2
	watchdog := time.AfterFunc(most, func() {
		out.send(event{Result: &result{Name: res.Name, About: res.About, Skipped: fmt.Sprintf("not done within %v", most)}})
		os.Exit(0)
	})
	defer watchdog.Stop()
	if err := t.run(context.Background(), found[0], res, out); err != nil {
		out.send(event{Error: err.Error()})
		return err
	}
	out.send(event{Result: res})
	return nil
}

func (t *task) run(ctx context.Context, e entrant, res *result, out *reporter) error {
	if t.inParts() {
		// Such a store fills a good part of the memory: the collector is to run more often
		// rather than let garbage double what there is.
		if all := totalMemory(); all > 0 {
			debug.SetMemoryLimit(all / 5 * 4)
		}
	}
	sample, err := t.Data.sample(sampleSize)
	if err != nil {
		return err
	}
	qs := t.questions(sample)
	before := inUse()
	c, err := e.make(t.Dir)
	if err != nil {
		return err
	}
	out.say("load")
	tooLong := time.AfterFunc(t.LoadMost, func() {
		out.send(event{Result: &result{Name: res.Name, About: res.About, Skipped: fmt.Sprintf("load took more than %v", t.LoadMost)}})
		os.Exit(0)
	})
	filled, err := t.fill(c)
	if err != nil {
		return err
	}
	tooLong.Stop()
	res.Load, res.Own = filled.spent, filled.own
	quiet(30 * time.Second)
	now := inUse()
	res.Heap = now.Heap - before.Heap
	if before.RSS > 0 {
		res.RSS = now.RSS - before.RSS
	}

	deadline := time.Now().Add(t.Most)
	u := newUpdates(slices.Clone(sample))
	if err := settleIn(c, u); err != nil {
		return err
	}
	if e.writesOnly {
		qs = qs[:1]
	}
	out.say("compare answers")
	said, err := t.compare(ctx, c, qs)
	if err != nil {
		return err
	}
	if f, ok := c.(forgetter); ok && !e.writesOnly {
		out.say("begin anew, without what is remembered")
		start := time.Now()
		if err := f.forget(func() error { return t.refill(c, sample) }); err != nil {
			return err
		}
		quiet(30 * time.Second)
		deadline = deadline.Add(time.Since(start)) // which is not the candidate's fault
	}
	if err := t.ask(ctx, e, c, qs, said, res, deadline, out); err != nil {
		return err
	}
	if err := t.writes(ctx, e, c, u, qs, res, deadline, out); err != nil {
		return err
	}
	return t.shut(ctx, c, res, out)
}

// ask times the questions.
func (t *task) ask(ctx context.Context, e entrant, c candidate, qs []question, said []answers, res *result, deadline time.Time, out *reporter) error {
	watched := e.name == us
	var end func() *spell
	if watched {
		end = beginSpell()
	}
	for i, q := range qs {
		row := rowResult{Question: q.Name, Missing: said[i].Unsupported}
		if row.Missing == "" && time.Now().After(deadline) {
			row.Missing, res.Skipped = "no time left", "time was up"
		}
		if row.Missing == "" {
			out.say("%s", q.Name)
			var err error
			if row.timing, err = measureQuestion(ctx, c, t.Data, q, t.Limits, len(said[i].Lines)); err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
			for _, n := range said[i].Totals {
				row.Total += n
			}
			row.Total /= max(1, len(said[i].Totals))
		}
		res.Rows = append(res.Rows, row)
	}
	if !watched {
		return nil
	}
	res.Asking = end()
	out.say("hot and cold caches")
	array := newSweep()
	for i, q := range qs {
		if q.warms() && time.Now().Before(deadline) {
			var err error
			if res.Rows[i].Warmth, err = hotAndCold(ctx, c, q, t.Limits, array); err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
		}
	}
	return nil
}

// questions leaves out what -quick does not ask.
func (t *task) questions(sample []sessiondex.Session) []question {
	qs := questions(t.Data, t.Words, sample)
	if t.Quick {
		qs = slices.DeleteFunc(qs, func(q question) bool { return !q.Quick })
	}
	return qs
}

// compare asks everything once and holds the answers to those of the first candidate,
// before anything is timed. A slow candidate is asked fewer queries of a question, at
// least one, and timed with those.
func (t *task) compare(ctx context.Context, c candidate, qs []question) ([]answers, error) {
	box := 5 * t.Limits.Budget
	if t.First {
		box = time.Hour
	}
	said := make([]answers, len(qs))
	for i, q := range qs {
		var err error
		if said[i], err = ask(ctx, c, t.Data, q, box); err != nil {
			return nil, err
		}
	}
	if t.First {
		text, err := json.Marshal(said)
		if err != nil {
			return nil, err
		}
		return said, os.WriteFile(t.Answers, text, 0o600)
	}
	text, err := os.ReadFile(t.Answers)
	if err != nil {
		return nil, err
	}
	var first []answers
	if err := json.Unmarshal(text, &first); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Answers, err)
	}
	return said, disagreements(qs, "the first candidate", first, t.Candidate, said)
}

func (t *task) writes(ctx context.Context, e entrant, c candidate, u *updates, qs []question, res *result, deadline time.Time, out *reporter) error {
	if time.Now().After(deadline) {
		res.Skipped = "time was up"
		return nil
	}
	out.say("updates")
	var err error
	if res.Update, res.Batch, err = measureWrites(c, u, t.Limits); err != nil {
		return err
	}
	if e.writesOnly {
		return nil
	}
	quiet(10 * time.Second)
	for _, m := range mixtures(qs) {
		for _, rate := range t.Rates {
			if time.Now().After(deadline) {
				res.Skipped = "time was up"
				return nil
			}
			out.say("%s under %d updates/s", m.name, rate)
			var end func() *spell
			if e.name == us {
				end = beginSpell()
			}
			got, err := mixedLoad(ctx, c, m, u, rate, t.MixSpan)
			if err != nil {
				return err
			}
			if end != nil {
				got.Runtime = end()
			}
			res.Mixes = append(res.Mixes, got)
		}
	}
	return nil
}

func (t *task) shut(ctx context.Context, c candidate, res *result, out *reporter) error {
	out.say("close")
	start := time.Now()
	if err := c.close(); err != nil {
		return err
	}
	res.Close = time.Since(start)
	r, ok := c.(reopener)
	if !ok {
		return nil
	}
	var err error
	if res.File, err = r.size(); err != nil {
		return err
	}
	out.say("open")
	start = time.Now()
	if err := r.reopen(); err != nil {
		return err
	}
	if _, err := c.list(ctx, query.Query{}); err != nil {
		return err
	}
	res.Open = time.Since(start)
	if p, ok := c.(partLoader); ok {
		if err := p.settle(); err != nil {
			return err
		}
		res.Indexed = time.Since(start)
	}
	return c.close()
}
