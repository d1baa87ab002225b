package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

// TestMain lets the test program be the child that measures one candidate.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "-child" {
		if err := runChild(os.Args[2]); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestARunLeavesFiguresTablesAndCharts(t *testing.T) {
	dir := t.TempDir()
	readme := filepath.Join(dir, "bench", "README.md")
	require.NoError(t, os.MkdirAll(filepath.Dir(readme), 0o700))
	root := filepath.Join(dir, "README.md")
	for path, m := range map[string]marks{readme: reportMarks, root: claimMarks} {
		require.NoError(t, os.WriteFile(path, []byte("before\n"+m.begin+"\nold\n"+m.end+"\nafter\n"), 0o600))
	}
	s, err := parseFlags([]string{"-quick", "-n", "1000,2k", "-budget", "2ms", "-only", "slice,sessiondex,sessiondex-durable,go-memdb", "-out", filepath.Join(dir, "bench", "results"), "-readme", readme, "-root", root})
	require.NoError(t, err)
	made, err := measureAll(t.Context(), s)
	require.NoError(t, err)
	require.NoError(t, made.write(s))

	got, err := readReports(filepath.Join(s.out, "results.json"))
	require.NoError(t, err)
	require.Len(t, got.Sizes, 2)
	for _, z := range got.Sizes {
		require.Len(t, z.Results, 4)
		for _, res := range z.Results {
			assert.Empty(t, res.Skipped)
			assert.Positive(t, res.Load)
			assert.Positive(t, res.Update.Calls)
			assert.Len(t, res.Mixes, 4)
			require.NotEmpty(t, res.Rows)
			for _, row := range res.Rows {
				if row.Question == "all facets" && !isOurs(res.Name) {
					assert.Equal(t, errUnsupported.Error(), row.Missing)
					continue
				}
				assert.Empty(t, row.Missing, "%s: %s", res.Name, row.Question)
				assert.Positive(t, row.Calls, "%s: %s", res.Name, row.Question)
			}
		}
		assert.Positive(t, z.result("sessiondex-durable").Open)
		assert.Positive(t, z.result("sessiondex-durable").File)
	}
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	for _, part := range []string{"before\n", "\nafter\n", "## 2,000 sessions", "within ten times", `<a id="2k-default-listing-first-page"></a>default listing, first page`, "go-memdb", "](results/time-by-question.svg)", "Growth"} {
		assert.Contains(t, string(text), part)
	}
	assert.NotContains(t, string(text), "\nold\n")
	assert.Equal(t, "2k", got.main().key())
	assert.Positive(t, checkClaims(t, root), "claims")
	whole, err := os.ReadFile(filepath.Join(s.out, "report.md"))
	require.NoError(t, err)
	assert.Contains(t, string(whole), "what the processor does")
	for i, page := range []string{string(text), string(whole)} {
		seen := map[string]bool{}
		for _, a := range anchors.FindAllStringSubmatch(page, -1) {
			assert.False(t, seen[a[1]], "%s twice", a[1])
			seen[a[1]] = true
		}
		for _, name := range []string{"2k-one-application", "2k-p99-one-application", "2k-write-slice", "2k-mix-sessiondex-mixed-questions-1000", "2k-store-go-memdb",
			"2k-figure-one-application", "2k-mean-slice", "growth-one-application", "growth-load", "growth-p99-one-update", "2k-call-get-by-id", "2k-collector-default-listing-1000-updates-s"} {
			assert.True(t, seen[name] || i == 0, name) // the long tables are in the report alone
		}
	}

	// A second preset of the same size has its own rows, and does not count for growth.
	for i := range made.Sizes {
		made.Sizes[i].Data.Preset = corpus.Hidden
	}
	other := filepath.Join(dir, "other.json")
	text, err = json.Marshal(made)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other, text, 0o600))
	both, err := readReports(filepath.Join(s.out, "results.json") + "," + other)
	require.NoError(t, err)
	require.Len(t, both.Sizes, 4)
	assert.Equal(t, "2k", both.main().key())
	require.NoError(t, both.write(s))
	assert.Positive(t, checkClaims(t, root), "claims")
	whole, err = os.ReadFile(filepath.Join(s.out, "report.md"))
	require.NoError(t, err)
	assert.Contains(t, string(whole), "## 2,000 sessions, preset hidden\n")
	assert.Contains(t, string(whole), `<a id="2k-hidden-one-application"></a>`)
	assert.Len(t, both.plainSizes(), 2)
	_, err = readReports(other + "," + other)
	assert.ErrorContains(t, err, "both have results of 1k-hidden")
	for _, name := range []string{"time-by-question.svg", "time-by-size-default.svg", "p99-under-writes.svg", "memory.svg"} {
		drawn, err := os.ReadFile(filepath.Join(s.out, name))
		if name == "memory.svg" && os.IsNotExist(err) {
			continue // the system does not report resident memory
		}
		require.NoError(t, err)
		assert.Contains(t, string(drawn), "<svg")
	}
}

func TestADisagreementStopsTheRunBeforeAnythingIsTimed(t *testing.T) {
	dir := t.TempDir()
	d := worlds["default"]
	qs, sample := plan(t, d)
	c := filled(t, entrants()[0], d, sample)
	first := task{Candidate: "slice", Data: d, Limits: limits{Budget: time.Second}, Answers: filepath.Join(dir, "answers.json"), First: true}
	said, err := first.compare(t.Context(), c, qs[:3])
	require.NoError(t, err)

	other := first
	other.First, other.Candidate = false, "other"
	_, err = other.compare(t.Context(), c, qs[:3])
	require.NoError(t, err)

	said[1].Lines[0] = strings.Replace(said[1].Lines[0], "total ", "total 1", 1)
	text, err := json.Marshal(said)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(first.Answers, text, 0o600))
	_, err = other.compare(t.Context(), c, qs[:3])
	assert.ErrorContains(t, err, "other disagree")
	assert.ErrorContains(t, err, qs[1].Name)
}

func TestFaultyFlagsAreNamed(t *testing.T) {
	for _, c := range []struct{ flag, value, want string }{
		{"-n", "10", `"10"`},
		{"-n", "1k,abc", `"abc"`},
		{"-n", "-1M", `"-1M"`},
		{"-n", "9223372036854775807k", "from 1000"},
		{"-budget", "-1s", "-1s"},
		{"-load", "-2s", "-2s"},
		{"-part", "7", `"7"`},
		{"-root", "README.md", "-readme"},
		{"-preset", "odd", `"odd"`},
	} {
		_, err := parseFlags([]string{c.flag, c.value})
		assert.ErrorContains(t, err, c.want, "%s %s", c.flag, c.value)
	}
	_, err := parseFlags([]string{"more"})
	assert.ErrorContains(t, err, `"more"`)
	_, err = selectEntrants([]string{"slice", "nobody"})
	assert.ErrorContains(t, err, `"nobody"`)
	s, err := parseFlags([]string{"-n", "1000,10k, 1M"})
	require.NoError(t, err)
	assert.Equal(t, []int{1000, 10_000, 1_000_000}, s.sizes)
}

func TestKeywordsAreFoundAsOftenAsTheirRowsSay(t *testing.T) {
	d := dataset{N: 20_000, Seed: 3}
	w, err := chooseWords(d)
	require.NoError(t, err)
	again, err := chooseWords(d)
	require.NoError(t, err)
	assert.Equal(t, w, again, "equal data, equal words")

	all, err := d.collect()
	require.NoError(t, err)
	c := &plainSlice{}
	require.NoError(t, c.load(all))
	for _, q := range questions(d, w, nil) {
		assert.NotEmpty(t, q.Queries, q.Name)
		for _, query := range q.Queries {
			a, err := c.list(t.Context(), query)
			require.NoError(t, err)
			share := float64(a.total) / float64(d.N)
			switch q.Name {
			case "keyword of 3+ letters, up to 1 % hits":
				assert.GreaterOrEqual(t, len(query.Keyword), 3)
				assert.Less(t, share, 0.05, query.Keyword)
				assert.Positive(t, a.total)
			case "keyword of 3 letters, 10 % hits":
				assert.Greater(t, share, 0.03, query.Keyword)
			case "keyword without a hit":
				assert.Zero(t, a.total, query.Keyword)
			}
		}
	}
	assert.GreaterOrEqual(t, len(w.Absent), 60)
	for i, list := range [][]string{w.Some, w.Others, w.Phrase, w.Two, w.One, w.CJK} {
		assert.GreaterOrEqual(t, len(list), 20, "list %d", i)
	}
	for i, a := range w.Absent {
		for _, list := range [][]string{w.Some, w.Others, w.Many, w.Phrase, w.CJK, w.Typed, w.Absent[:i]} {
			for _, other := range list {
				assert.False(t, strings.Contains(a, other) || strings.Contains(other, a), "%q and %q", a, other)
			}
		}
	}
	for _, typed := range w.Typed {
		assert.NotContains(t, w.One, typed[:1])
	}
}

func TestTitlesComeFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "titles.txt")
	require.NoError(t, os.WriteFile(path, []byte("one\ntwo\nbad \xff byte"), 0o600))
	d := dataset{N: 1000, Seed: 1, Titles: path}
	all, err := d.collect()
	require.NoError(t, err)
	require.Len(t, all, 1000)
	assert.Equal(t, []string{"one", "two", "bad \uFFFD byte", "one"}, []string{all[0].Title, all[1].Title, all[2].Title, all[3].Title})

	d.Titles = filepath.Join(t.TempDir(), "missing")
	_, err = d.collect()
	assert.ErrorContains(t, err, "missing")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	d.Titles = path
	_, err = d.collect()
	assert.ErrorContains(t, err, "no lines")
}

func TestUpdatesAreTheSameForEveryone(t *testing.T) {
	sample, err := worlds["default"].sample(500)
	require.NoError(t, err)
	require.Len(t, sample, 500)
	a, b := newUpdates(slices.Clone(sample)), newUpdates(slices.Clone(sample))
	renamed := 0
	titles := map[string]string{}
	for _, s := range sample {
		titles[s.ID] = s.Title
	}
	for range 1000 {
		s := a.next()
		require.Equal(t, s, b.next())
		if s.Title != titles[s.ID] {
			renamed++
		}
		titles[s.ID] = s.Title
	}
	assert.Equal(t, 100, renamed)
	batch := a.batch(1000)
	ids := map[string]bool{}
	for _, s := range batch {
		ids[s.ID] = true
	}
	assert.Len(t, ids, len(batch), "no session twice")
	assert.Len(t, batch, 500)
}

func TestMeasureStopsInTime(t *testing.T) {
	calls := 0
	count := func(int) error { calls++; return nil }
	got, err := measure(limits{Budget: time.Hour, Most: 100}, 0, count)
	require.NoError(t, err)
	assert.Equal(t, 100, got.Calls)
	assert.Equal(t, 101, calls, "the first does not count")
	assert.LessOrEqual(t, got.Median, got.P99)

	asked := []int{}
	got, err = measure(limits{Budget: time.Hour, Most: 100}, 7, func(i int) error { asked = append(asked, i); return nil })
	require.NoError(t, err)
	assert.Equal(t, 7, got.Calls)
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6}, asked, "each once")

	got, err = measure(limits{Budget: 1, Most: 100}, 0, func(int) error { time.Sleep(time.Millisecond); return nil })
	require.NoError(t, err)
	assert.LessOrEqual(t, got.Calls, 3)
	_, err = measure(limits{Budget: 1, Most: 1}, 0, func(int) error { return sessiondex.ErrClosed })
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
}

func TestSummaryIsOfSortedTimes(t *testing.T) {
	var took []time.Duration
	for i := range 200 {
		took = append(took, time.Duration(200-i))
	}
	assert.Equal(t, timing{Median: 101, P99: 199, Calls: 200}, summary(took))
	assert.Equal(t, timing{}, summary(nil))
}

func TestFiguresAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		7: "7 ns", 1234: "1.23 µs", 20 * time.Microsecond: "20.0 µs", 123456 * time.Microsecond: "123 ms", 90 * time.Second: "90.0 s",
	} {
		assert.Equal(t, want, short(d))
	}
	assert.Equal(t, "1,234,567", number(1234567))
	assert.Equal(t, "-123", number(-123))
	assert.Equal(t, "999", number(999))
	assert.Equal(t, "1.50 KiB", bytesText(1536))
	var b document
	table := newTable("a", "b")
	table.row("µ", "1")
	table.print(&b)
	assert.Equal(t, "| a   |   b |\n| --- | --: |\n| µ   |   1 |\n", b.String())
	b = document{anchors: true}
	table.named("c-d", "µ", "22")
	table.print(&b)
	assert.Contains(t, b.String(), "| <a id=\"c-d\"></a>µ |  22 |\n")
	for _, c := range []struct{ text, want string }{
		{"2 states × 2 channels × type, offset 1,000", "2-states-2-channels-type-offset-1000"},
		{"readers' p99 under 1,000 updates/s, mixed questions", "readers-p99-under-1000-updates-s-mixed-questions"},
		{"keyword of 3 letters, 10 % hits", "keyword-of-3-letters-10-hits"},
	} {
		assert.Equal(t, c.want, anchor("", c.text))
	}
}
