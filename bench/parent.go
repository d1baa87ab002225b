package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// measureAll measures every candidate at every size, one after the other, each in a
// process of its own.
func measureAll(ctx context.Context, s settings) (*report, error) {
	chosen, err := selectEntrants(s.only)
	if err != nil {
		return nil, err
	}
	r := &report{Date: time.Now().UTC().Format(time.RFC3339), Machine: thisMachine(), Go: runtime.Version(), Modules: modules(), Quick: s.quick}
	r.Machine.LoadBefore = loadAverage()
	for _, n := range s.sizes {
		d := dataset{N: n, Seed: s.seed, Preset: s.preset, Titles: s.titles}
		w, err := chooseWords(d)
		if err != nil {
			return nil, err
		}
		sample, err := d.sample(1)
		if err != nil {
			return nil, err
		}
		size := sized{Date: time.Now().UTC().Format(time.RFC3339), Budget: s.budget, Data: d, Words: w, Questions: questions(d, w, sample)}
		if err := size.measure(ctx, s, chosen); err != nil {
			return nil, fmt.Errorf("%d sessions: %w", n, err)
		}
		r.Sizes = append(r.Sizes, size)
	}
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

func (z *sized) measure(ctx context.Context, s settings, chosen []entrant) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if z.Data.Titles != "" {
		if z.Data.Titles, err = filepath.Abs(z.Data.Titles); err != nil {
			return err
		}
	}
	t := task{
		Data: z.Data, Words: z.Words, Limits: limits{Budget: s.budget, Most: 20_000}, Quick: s.quick, LoadMost: s.load, Most: s.most, Part: s.part,
		Rates: []int{0, 1000, 5000}, MixSpan: 2 * s.budget, Answers: filepath.Join(dir, "answers.json"), First: true,
	}
	if s.quick {
		t.Rates, t.MixSpan = []int{0, 1000}, 100*time.Millisecond
	}
	for _, e := range chosen {
		t.Candidate = e.name
		t.Dir = filepath.Join(dir, e.name)
		if err := os.Mkdir(t.Dir, 0o700); err != nil {
			return err
		}
		start := time.Now()
		res, err := t.inChild(ctx, filepath.Join(dir, e.name+".json"))
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		fmt.Fprintf(os.Stderr, "%d %s: done in %v %s\n", z.Data.N, e.name, time.Since(start).Round(time.Millisecond), res.Skipped)
		z.Results = append(z.Results, *res)
		if err := os.RemoveAll(t.Dir); err != nil {
			return err
		}
		// Of the first candidate the answers are there only if it was done with them.
		if _, err := os.Stat(t.Answers); err == nil {
			t.First = false
		}
	}
	return nil
}

// inChild has the task carried out by a child process and passes its progress on.
func (t *task) inChild(ctx context.Context, path string) (*result, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, program, "-child", path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	var res *result
	var fault error
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fault = fmt.Errorf("child wrote %.200q: %w", lines.Text(), err)
			break
		}
		switch {
		case e.Error != "":
			fault = errors.New(e.Error)
		case e.Result != nil:
			res = e.Result
		default:
			fmt.Fprintf(os.Stderr, "%d %s: %s\n", t.Data.N, t.Candidate, e.Progress)
		}
	}
	err = child.Wait()
	switch {
	case fault != nil:
		return nil, fault
	case err != nil:
		return nil, err
	case res == nil:
		return nil, errors.New("child ended without a result")
	}
	return res, nil
}

// machine is what the figures were measured on.
type machine struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"`
	Memory     string `json:"memory"`
	OS         string `json:"os"`
	LoadBefore string `json:"load_before,omitempty"`
	LoadAfter  string `json:"load_after,omitempty"`
}

// thisMachine reads what Linux tells; elsewhere it leaves blanks.
func thisMachine() machine {
	m := machine{Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH}
	m.CPU = field("/proc/cpuinfo", "model name")
	m.Memory = field("/proc/meminfo", "MemTotal")
	return m
}

// totalMemory is that of the machine in bytes, 0 where the system does not tell.
func totalMemory() int64 {
	kB, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kB << 10
}

// field returns the value of the first line "name : value" of a file.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// loadAverage shows whether others were using the machine.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// modules are the versions of the peers.
func modules() map[string]string {
	out := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	for _, d := range info.Deps {
		for _, peer := range []string{"mattn/go-sqlite3", "modernc.org/sqlite", "duckdb/duckdb-go/v2", "hashicorp/go-memdb", "blevesearch/bleve/v2", "tidwall/btree", "RoaringBitmap/roaring/v2"} {
			if strings.HasSuffix(d.Path, peer) {
				out[d.Path] = d.Version
			}
		}
	}
	return out
}
