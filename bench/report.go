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

	"github.com/sessiondex/sessiondex/internal/corpus"
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

// key names the data set in anchors: the size, and what else tells it from others.
func (z *sized) key() string {
	size := fmt.Sprint(z.Data.N)
	for _, unit := range []struct {
		name string
		n    int
	}{{"m", 1_000_000}, {"k", 1000}} {
		if z.Data.N%unit.n == 0 {
			size = fmt.Sprintf("%d%s", z.Data.N/unit.n, unit.name)
			break
		}
	}
	parts := []string{size}
	if z.Data.Preset != "" && z.Data.Preset != corpus.Default {
		parts = append(parts, string(z.Data.Preset))
	}
	if z.Data.Titles != "" {
		parts = append(parts, "titles", filepath.Base(z.Data.Titles))
	}
	return anchor(parts...)
}

// plain says that the sessions are those that a store holds unless flags say otherwise.
// Growth is that of plain stores, and so are the charts.
func (z *sized) plain() bool {
	return (z.Data.Preset == "" || z.Data.Preset == corpus.Default) && z.Data.Titles == ""
}

// readReports reads the results of one run or, separated by commas, of several, and
// puts their sizes together. The machine and the versions are those of the first.
func readReports(paths string) (*report, error) {
	var all *report
	from := map[string]string{} // key -> the file it is in
	for path := range strings.SplitSeq(paths, ",") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for i := range r.Sizes {
			key := r.Sizes[i].key()
			if other, ok := from[key]; ok {
				return nil, fmt.Errorf("-render: %s and %s both have results of %s", other, path, key)
			}
			from[key] = path
		}
		if all == nil {
			all = &r
			continue
		}
		if r.Machine.CPU != all.Machine.CPU || r.Machine.Cores != all.Machine.Cores {
			return nil, fmt.Errorf("-render: %s is of another machine, %d × %s", path, r.Machine.Cores, r.Machine.CPU)
		}
		all.Sizes = append(all.Sizes, r.Sizes...)
		all.Quick = all.Quick || r.Quick
	}
	slices.SortStableFunc(all.Sizes, func(a, b sized) int {
		return cmp.Or(cmp.Compare(a.Data.N, b.Data.N), strings.Compare(a.key(), b.key()))
	})
	return all, nil
}

// plainSizes are the sizes that growth is read from, the smallest first.
func (r *report) plainSizes() []*sized {
	var out []*sized
	for i := range r.Sizes {
		if r.Sizes[i].plain() {
			out = append(out, &r.Sizes[i])
		}
	}
	return out
}

// main is the size that the report is about first: the largest plain one that has
// peers, or the largest.
func (r *report) main() *sized {
	sizes := r.plainSizes()
	for _, z := range slices.Backward(sizes) {
		if len(z.peers()) > 0 {
			return z
		}
	}
	if len(sizes) > 0 {
		return sizes[len(sizes)-1]
	}
	return &r.Sizes[len(r.Sizes)-1]
}

// write prints the report and leaves it, the figures and the charts in s.out.
func (r *report) write(s settings) error {
	if len(r.Sizes) == 0 {
		return errNoResults
	}
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
	var shown document
	r.print(&shown, charts)
	if _, err := io.WriteString(os.Stdout, shown.String()); err != nil {
		return err
	}
	page := document{anchors: true}
	r.print(&page, charts)
	if err := os.WriteFile(filepath.Join(s.out, "report.md"), []byte("# Report\n\n"+page.String()), 0o644); err != nil {
		return err
	}
	if s.readme == "" {
		return nil
	}
	inReadme, err := pathFrom(s.readme, s.out)
	if err != nil {
		return err
	}
	short := document{anchors: true}
	r.printShort(&short, charts)
	if err := between(s.readme, "-readme", reportMarks, strings.ReplaceAll(short.String(), "](", "]("+inReadme+"/")); err != nil {
		return err
	}
	if s.root == "" {
		return nil
	}
	toReport, err := pathFrom(s.root, filepath.Join(s.out, "report.md"))
	if err != nil {
		return err
	}
	return between(s.root, "-root", claimMarks, r.claims(toReport))
}

// pathFrom is how a link in one file names another.
func pathFrom(file, other string) (string, error) {
	from, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(other)
	if err != nil {
		return "", err
	}
	path, err := filepath.Rel(from, to)
	return filepath.ToSlash(path), err
}

// marks are the lines between which a file shows what the bench writes.
type marks struct{ begin, end string }

var (
	reportMarks = marks{"<!-- report: written by -readme -->", "<!-- end of report -->"}
	claimMarks  = marks{"<!-- figures: written by bench -root -->", "<!-- end of figures -->"}
)

func between(path, flag string, m marks, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), m.begin)
	_, after, ok2 := strings.Cut(rest, m.end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: %s lacks the markers %q and %q", flag, path, m.begin, m.end)
	}
	return os.WriteFile(path, []byte(before+m.begin+"\n\n"+text+"\n"+m.end+after), 0o644)
}

// print writes the whole report: first the size that it is about, then the others, the
// largest first.
func (r *report) print(b *document, charts []chart) {
	r.printMachine(b)
	first := r.main()
	first.print(b)
	for i := range slices.Backward(r.Sizes) {
		if &r.Sizes[i] != first {
			r.Sizes[i].print(b)
		}
	}
	r.growth(b)
	printCharts(b, charts)
}

// printShort writes what a README shows: of the main size where others win, what was
// aimed at, and the medians.
func (r *report) printShort(b *document, charts []chart) {
	r.printMachine(b)
	z := r.main()
	z.printHead(b)
	z.losses(b)
	z.means(b)
	z.figures(b)
	z.medians(b)
	printCharts(b, charts)
	b.WriteString("\nThe other tables and sizes are in the [whole report](report.md).\n")
}

func printCharts(b *document, charts []chart) {
	for _, c := range charts {
		fmt.Fprintf(b, "\n![%s](%s)\n", c.title, c.file)
	}
}

func (r *report) printMachine(b *document) {
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
}

// title tells the data set from others of the same size.
func (z *sized) title() string {
	title := fmt.Sprintf("%s sessions", number(z.Data.N))
	if z.Data.Preset != "" && z.Data.Preset != corpus.Default {
		title += ", preset " + string(z.Data.Preset)
	}
	if z.Data.Titles != "" {
		title += ", titles of " + filepath.Base(z.Data.Titles)
	}
	return title
}

// heading begins a section of the section of this size. It names the size again, as
// headings have to differ for a reader who comes by a link.
func (z *sized) heading(b *document, text string) {
	fmt.Fprintf(b, "\n### %s: %s\n\n", z.title(), text)
}

func (z *sized) printHead(b *document) {
	fmt.Fprintf(b, "\n## %s\n\nMeasured at %s, %v for each question.\n", z.title(), z.Date, z.Budget)
	for _, res := range z.Results {
		if res.Skipped != "" {
			fmt.Fprintf(b, "\n%s: %s.\n", res.Name, res.Skipped)
		}
	}
}

func (z *sized) print(b *document) {
	z.printHead(b)
	z.losses(b)
	z.means(b)
	z.figures(b)
	z.medians(b)
	z.table(b, "p99", "99th percentiles (of less than 100 calls the longest)", func(t timing) time.Duration { return t.P99 }, false)
	z.processor(b)
	z.writes(b)
	z.mixes(b)
	z.store(b)
}

func (z *sized) medians(b *document) {
	z.table(b, "", "medians, and how many times ours", func(t timing) time.Duration { return t.Median }, true)
}

// table has a row for each question and a column for each candidate.
func (z *sized) table(b *document, name, title string, pick func(timing) time.Duration, ratios bool) {
	z.heading(b, title)
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
			// A slow candidate was asked fewer keywords: the matches are those of ours.
			if ok && row.Total > 0 && (total == "" || res.Name == us) {
				total = number(row.Total)
			}
		}
		if strings.Join(cells, "") != "" {
			t.named(anchor(z.key(), name, q.Name), append([]string{q.Name, total}, cells...)...)
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

func (z *sized) writes(b *document) {
	z.heading(b, "writes")
	b.WriteString("A tenth of all updates are renames.\n\n")
	t := newTable("candidate", "one update", "p99", "batch of 1,000", "p99")
	for _, res := range z.Results {
		if res.Update.Calls > 0 {
			t.named(anchor(z.key(), "write", res.Name), res.Name, short(res.Update.Median), short(res.Update.P99), short(res.Batch.Median), short(res.Batch.P99))
		}
	}
	t.print(b)
}

func (z *sized) mixes(b *document) {
	z.heading(b, "readers while one writer updates")
	t := newTable("candidate", "readers ask for", "updates/s, aimed at", "reached", "median", "p99", "p99 beside idle", "update p99")
	for _, res := range z.Results {
		for _, m := range res.Mixes {
			idle := res.idle(m.Asked)
			beside, update := "", ""
			if m.Rate > 0 && idle > 0 {
				beside = ratio(float64(m.P99) / float64(idle))
				update = short(m.Writes.P99)
			}
			t.named(anchor(z.key(), "mix", res.Name, m.Asked, fmt.Sprint(m.Rate)), res.Name, m.Asked, number(m.Rate), number(int(m.Reached+0.5)), short(m.Median), short(m.P99), beside, update)
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

func (z *sized) store(b *document) {
	z.heading(b, "load, close, open; memory")
	b.WriteString("Bytes are per session. The sessions' own bytes are their text and 16 bytes; heap is Go's, and resident is all of the process, C libraries and mapped files included, both as they grew by the load. Open is to the first listing, indexed until nothing is left to do in the background.\n\n")
	t := newTable("candidate", "load", "close", "open", "indexed", "own bytes", "heap", "resident", "on disk")
	optional := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return short(d)
	}
	for _, res := range z.Results {
		if res.Load == 0 {
			continue
		}
		n := int64(max(1, z.Data.N))
		file := ""
		if res.File > 0 {
			file = number(int(res.File / n))
		}
		t.named(anchor(z.key(), "store", res.Name), res.Name, short(res.Load), short(res.Close), optional(res.Open), optional(res.Indexed),
			number(int(res.Own/n)), number(int(res.Heap/n)), number(int(res.RSS/n)), file)
	}
	t.print(b)
}

var errNoResults = errors.New("there are no results to draw")
