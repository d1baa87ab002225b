package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// report is everything that a run found out; results.json is its JSON.
type report struct {
	Date    string            `json:"date"`
	Machine machine           `json:"machine"`
	Go      string            `json:"go"`
	Modules map[string]string `json:"modules"`
	Quick   bool              `json:"quick,omitempty"`
	Sizes   []sized           `json:"sizes"`
}

// sized is what was found out about one data set.
type sized struct {
	Date      string        `json:"date"`
	Budget    time.Duration `json:"budget_ns"`
	Data      dataset       `json:"data"`
	Words     words         `json:"words"`
	Questions []question    `json:"questions"`
	Results   []result      `json:"results"`
}

// readReports reads the results of one run or, separated by commas, of several, and
// puts their sizes together. The machine and the versions are those of the first.
func readReports(paths string) (*report, error) {
	var all *report
	for path := range strings.SplitSeq(paths, ",") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if all == nil {
			all = &r
			continue
		}
		if r.Machine.CPU != all.Machine.CPU || r.Machine.Cores != all.Machine.Cores {
			return nil, fmt.Errorf("-render: %s is of another machine, %d × %s", path, r.Machine.Cores, r.Machine.CPU)
		}
		all.Sizes = append(all.Sizes, r.Sizes...)
	}
	slices.SortStableFunc(all.Sizes, func(a, b sized) int { return cmp.Compare(a.Data.N, b.Data.N) })
	return all, nil
}

// write prints the report and leaves it, the figures and the charts in s.out.
func (r *report) write(s settings) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, "results.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	charts, err := r.draw(s.out)
	if err != nil {
		return err
	}
	var b strings.Builder
	r.print(&b, charts, len(r.Sizes))
	if _, err := io.WriteString(os.Stdout, b.String()); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, "report.md"), []byte("# Report\n\n"+b.String()), 0o644); err != nil {
		return err
	}
	if s.readme == "" {
		return nil
	}
	inReadme, err := filepath.Rel(filepath.Dir(s.readme), s.out)
	if err != nil {
		return err
	}
	b.Reset()
	r.print(&b, charts, 1)
	if len(r.Sizes) > 1 {
		b.WriteString("\nThe other sizes are in the [whole report](report.md).\n")
	}
	return between(s.readme, strings.ReplaceAll(b.String(), "](", "]("+filepath.ToSlash(inReadme)+"/"))
}

// The markers between which a README shows the last report.
const (
	beginMark = "<!-- report: written by -readme -->"
	endMark   = "<!-- end of report -->"
)

func between(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("-readme: %s lacks the markers %q and %q", path, beginMark, endMark)
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n\n"+text+"\n"+endMark+after), 0o644)
}

// print writes the report, with the details of so many sizes.
func (r *report) print(b *strings.Builder, charts []chart, details int) {
	m := r.Machine
	fmt.Fprintf(b, "%s, %d cores, %s, %s, %s, %s. Load average before %s, after %s.\n", r.Date, m.Cores, m.CPU, m.Memory, m.OS, r.Go, m.LoadBefore, m.LoadAfter)
	var versions []string
	for path, version := range r.Modules {
		versions = append(versions, path+" "+version)
	}
	slices.Sort(versions)
	fmt.Fprintf(b, "%s.\n", strings.Join(versions, ", "))
	if r.Quick {
		b.WriteString("\nMade with -quick: this shows that everything works, and no more.\n")
	}
	// The largest first: it is what the figures are set for.
	for i := range slices.Backward(r.Sizes[len(r.Sizes)-details:]) {
		r.Sizes[len(r.Sizes)-details+i].print(b)
	}
	r.growth(b)
	for _, c := range charts {
		fmt.Fprintf(b, "\n![%s](%s)\n", c.title, c.file)
	}
}

func (z *sized) print(b *strings.Builder) {
	title := fmt.Sprintf("%s sessions", number(z.Data.N))
	if z.Data.Preset != "" && z.Data.Preset != "default" {
		title += ", preset " + string(z.Data.Preset)
	}
	if z.Data.Titles != "" {
		title += ", titles of " + filepath.Base(z.Data.Titles)
	}
	fmt.Fprintf(b, "\n## %s\n\nMeasured at %s, %v for each question.\n", title, z.Date, z.Budget)
	for _, res := range z.Results {
		if res.Skipped != "" {
			fmt.Fprintf(b, "\n%s: %s.\n", res.Name, res.Skipped)
		}
	}
	z.losses(b)
	z.means(b)
	z.figures(b)
	z.table(b, "Medians, and how many times ours", func(t timing) time.Duration { return t.Median }, true)
	z.table(b, "99th percentiles (of less than 100 calls the longest)", func(t timing) time.Duration { return t.P99 }, false)
	z.writes(b)
	z.mixes(b)
	z.store(b)
}

// table has a row for each question and a column for each candidate.
func (z *sized) table(b *strings.Builder, title string, pick func(timing) time.Duration, ratios bool) {
	fmt.Fprintf(b, "\n### %s\n\n", title)
	t := newTable("question", "matches")
	shown := z.readers()
	for _, res := range shown {
		t.head(res.Name)
	}
	for _, q := range z.Questions {
		var cells []string
		total := ""
		ours, okOurs := z.row(us, q.Name)
		for _, res := range shown {
			row, ok := res.row(q.Name)
			switch {
			case !ok:
				cells = append(cells, "")
			case row.Missing != "":
				cells = append(cells, row.Missing)
			default:
				text := short(pick(row.timing))
				if ratios && res.Name != us && okOurs && ours.Median > 0 {
					text += fmt.Sprintf(" (%s)", ratio(float64(pick(row.timing))/float64(pick(ours.timing))))
				}
				cells = append(cells, text)
			}
			if ok && row.Total > 0 {
				total = number(row.Total)
			}
		}
		if strings.Join(cells, "") != "" {
			t.row(append([]string{q.Name, total}, cells...)...)
		}
	}
	t.print(b)
}

// readers are the candidates whose questions were timed.
func (z *sized) readers() []result {
	var out []result
	for _, res := range z.Results {
		if len(res.Rows) > 1 {
			out = append(out, res)
		}
	}
	return out
}

// peers are the readers that are not this library.
func (z *sized) peers() []result {
	return slices.DeleteFunc(z.readers(), func(r result) bool { return isOurs(r.Name) })
}

func isOurs(name string) bool { return strings.HasPrefix(name, us) }

func (z *sized) result(name string) *result {
	for i := range z.Results {
		if z.Results[i].Name == name {
			return &z.Results[i]
		}
	}
	return nil
}

func (z *sized) row(name, question string) (rowResult, bool) {
	if res := z.result(name); res != nil {
		return res.row(question)
	}
	return rowResult{}, false
}

func (r *result) row(question string) (rowResult, bool) {
	for _, row := range r.Rows {
		if row.Question == question {
			return row, true
		}
	}
	return rowResult{}, false
}

// fastest is the best median of the peers for a question.
func (z *sized) fastest(question string) (string, time.Duration, bool) {
	name, best := "", time.Duration(math.MaxInt64)
	for _, res := range z.peers() {
		if row, ok := res.row(question); ok && row.Missing == "" && row.Median < best {
			name, best = res.Name, row.Median
		}
	}
	return name, best, name != ""
}

func (z *sized) writes(b *strings.Builder) {
	b.WriteString("\n### Writes\n\nA tenth of all updates are renames.\n\n")
	t := newTable("candidate", "one update", "p99", "batch of 1,000", "p99")
	for _, res := range z.Results {
		if res.Update.Calls > 0 {
			t.row(res.Name, short(res.Update.Median), short(res.Update.P99), short(res.Batch.Median), short(res.Batch.P99))
		}
	}
	t.print(b)
}

func (z *sized) mixes(b *strings.Builder) {
	b.WriteString("\n### Readers while one writer updates\n\n")
	t := newTable("candidate", "readers ask for", "updates/s, aimed at", "reached", "median", "p99", "p99 beside idle", "update p99")
	for _, res := range z.Results {
		for _, m := range res.Mixes {
			idle := res.idle(m.Asked)
			beside, update := "", ""
			if m.Rate > 0 && idle > 0 {
				beside = ratio(float64(m.P99) / float64(idle))
				update = short(m.Writes.P99)
			}
			t.row(res.Name, m.Asked, number(m.Rate), number(int(m.Reached+0.5)), short(m.Median), short(m.P99), beside, update)
		}
	}
	t.print(b)
}

// idle is the readers' p99 without a writer.
func (r *result) idle(asked string) time.Duration {
	for _, m := range r.Mixes {
		if m.Asked == asked && m.Rate == 0 {
			return m.P99
		}
	}
	return 0
}

func (z *sized) store(b *strings.Builder) {
	b.WriteString("\n### Load, close, open; memory\n\nBytes are per session. The sessions' own bytes are their text and 16 bytes; heap is Go's, and resident is all of the process, C libraries and mapped files included, both as they grew by the load.\n\n")
	t := newTable("candidate", "load", "close", "open", "own bytes", "heap", "resident", "on disk")
	for _, res := range z.Results {
		if res.Load == 0 {
			continue
		}
		n := int64(max(1, z.Data.N))
		file, open := "", ""
		if res.File > 0 {
			file, open = number(int(res.File/n)), short(res.Open)
		}
		t.row(res.Name, short(res.Load), short(res.Close), open, number(int(res.Own/n)), number(int(res.Heap/n)), number(int(res.RSS/n)), file)
	}
	t.print(b)
}

// growth compares the sizes of this run.
func (r *report) growth(b *strings.Builder) {
	if len(r.Sizes) < 2 {
		return
	}
	b.WriteString("\n## Growth\n\nMedians of this library by the number of sessions. Some questions reach further down, or have more matches, in proportion to it.\n\n")
	t := newTable("question")
	for _, z := range r.Sizes {
		t.head(number(z.Data.N))
	}
	first, last := r.Sizes[0], r.Sizes[len(r.Sizes)-1]
	t.head("last / first")
	for _, q := range r.Sizes[len(r.Sizes)-1].Questions {
		cells := []string{q.Name}
		for _, z := range r.Sizes {
			row, ok := z.row(us, q.Name)
			if !ok || row.Missing != "" {
				cells = append(cells, "")
				continue
			}
			cells = append(cells, short(row.Median))
		}
		before, ok1 := first.row(us, q.Name)
		now, ok2 := last.row(us, q.Name)
		if ok1 && ok2 && before.Median > 0 {
			cells = append(cells, ratio(float64(now.Median)/float64(before.Median)))
		}
		if strings.Join(cells[1:], "") != "" {
			t.row(cells...)
		}
	}
	t.print(b)
}

var errNoResults = errors.New("there are no results to draw")
