// Command desktop is the skeleton of an application that keeps its user's sessions in a
// file: it opens the file, shows a list that follows changes, writes, and closes.
//
//	desktop FILE
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: desktop FILE")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a, err := open(os.Args[1], os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("A line begins a session; / and text searches titles; an empty line ends.")
	if err := errors.Join(a.run(ctx, os.Stdin), a.close()); err != nil {
		log.Fatal(err)
	}
}

// app is the application without its window: it prints to out what it would draw.
type app struct {
	engine *sessiondex.Engine
	out    io.Writer
	now    func() time.Time
}

// open opens the file; the error says so if another window has it open.
func open(path string, out io.Writer) (*app, error) {
	engine, err := sessiondex.Open(path, &sessiondex.Options{
		LockTimeout: time.Second, // a window that is just closing
		Progress: func(done, total int) {
			if done < total {
				fmt.Fprintf(out, "opening: %d %%\n", 100*done/total)
			}
		},
	})
	if errors.Is(err, sessiondex.ErrLocked) {
		return nil, fmt.Errorf("%s is open in another window", path)
	}
	if err != nil {
		return nil, err
	}
	return &app{engine: engine, out: out, now: time.Now}, nil
}

// close closes the engine, which ensures that the file has every write.
func (a *app) close() error { return a.engine.Close() }

// run shows the newest sessions while it reads commands from in, one per line.
func (a *app) run(ctx context.Context, in io.Reader) error {
	ctx, stop := context.WithCancel(ctx)
	shown := make(chan error, 1)
	go func() { shown <- a.follow(ctx, query.Query{Limit: 5}, a.draw) }()
	lines := bufio.NewScanner(in)
	var err error
	for err == nil && ctx.Err() == nil && lines.Scan() && lines.Text() != "" {
		err = a.do(ctx, lines.Text())
	}
	stop()
	return errors.Join(err, lines.Err(), <-shown)
}

// do runs a command.
func (a *app) do(ctx context.Context, line string) error {
	if keyword, ok := strings.CutPrefix(line, "/"); ok {
		page, err := a.engine.List(ctx, query.Query{Keyword: keyword, Limit: 10})
		if err != nil {
			return err
		}
		for _, s := range page.Items {
			fmt.Fprintln(a.out, mark(s.Title, keyword))
		}
		fmt.Fprintf(a.out, "%d found\n", page.Total)
		return nil
	}
	now := a.now()
	return a.engine.Put(ctx, sessiondex.Session{
		ID: fmt.Sprintf("%d", now.UnixNano()), Title: line, State: "running", CreatedAt: now, UpdatedAt: now,
	})
}

// mark puts brackets around the matches of the keyword.
func mark(title, keyword string) string {
	var b strings.Builder
	from := 0
	for _, r := range query.Matches(title, keyword) {
		b.WriteString(title[from:r.Start] + "[" + title[r.Start:r.End] + "]")
		from = r.End
	}
	return b.String() + title[from:]
}

// follow calls show with a page of a listing, and again each time that the page
// changes, until ctx ends. A slow show skips intermediate pages.
func (a *app) follow(ctx context.Context, q query.Query, show func(rows []sessiondex.Session, total int)) error {
	var rows []sessiondex.Session
	for event, err := range a.engine.Watch(ctx, q, nil) {
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, sessiondex.ErrClosed) {
				return nil
			}
			return err
		}
		rows = event.Apply(rows)
		if event.Last { // before that, the list is only partly updated
			show(rows, event.Total)
		}
	}
	return nil
}

// draw shows the list, as a window would.
func (a *app) draw(rows []sessiondex.Session, total int) {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %d sessions\n", total)
	for _, s := range rows {
		fmt.Fprintf(&b, "   %-9s %s\n", s.State, s.Title)
	}
	io.WriteString(a.out, b.String())
}
