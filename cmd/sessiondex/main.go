// Command sessiondex lists, generates, serves, imports, exports and verifies
// sessions.
//
// Exit status: 0 if all went well, 2 for faulty arguments, 3 if --skip-invalid left
// out lines of a file, 1 for any other failure; what went wrong is on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sessiondex/sessiondex/query"
)

const usage = `sessiondex: list sessions exactly, and fast

Usage:

	sessiondex list      --data FILE.jsonl | --db FILE    list sessions, filtered, sorted and paged
	sessiondex list      --url http://HOST:PORT           list the sessions of a server; --follow goes on
	sessiondex serve     --data FILE.jsonl | --db FILE    serve them as the "List sessions" API
	sessiondex import    --db FILE  FILE.jsonl|-          put sessions into a database
	sessiondex export    --db FILE > FILE.jsonl           write all sessions of a database
	sessiondex verify    --db FILE                        check a database, every record and index
	sessiondex generate  --n 100000 > FILE.jsonl          make realistic sessions

"sessiondex COMMAND -h" shows the flags of a command.
`

// command runs with the arguments behind its name.
type command func(ctx context.Context, args []string, std stdio) error

type stdio struct {
	in       io.Reader
	out, err io.Writer
}

var commands = map[string]command{
	"list":     runList,
	"generate": runGenerate,
	"serve":    runServe,
	"import":   runImport,
	"export":   runExport,
	"verify":   runVerify,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	status := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

// run is main without the process around it. A command that can't write its output has
// failed, whatever it did.
func run(ctx context.Context, args []string, std stdio) int {
	out := &output{w: std.out}
	std.out = out
	name, err := "", runCommand(ctx, args, std)
	if len(args) > 0 {
		name = args[0]
	}
	if out.err != nil && !errors.Is(err, out.err) {
		err = errors.Join(err, fmt.Errorf("standard output: %w", out.err))
	}
	return exitStatus(err, name, std.err)
}

func runCommand(ctx context.Context, args []string, std stdio) error {
	if len(args) == 0 {
		fmt.Fprint(std.err, usage)
		return usageError{}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(std.out, usage)
		return nil
	}
	cmd, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(std.err, "sessiondex: unknown command %q\n\n%s", args[0], usage)
		return usageError{}
	}
	return cmd(ctx, args[1:], std)
}

// usageError is a fault of the command line. An empty one was reported already.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func exitStatus(err error, name string, stderr io.Writer) int {
	var faults *query.Error
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case isRejected(err):
		return 3 // the lines were named
	case errors.As(err, &faults):
		for _, f := range faults.Faults {
			fmt.Fprintf(stderr, "sessiondex %s: %s: %s\n", name, f.Param, f.Message)
		}
		return 2
	case errors.As(err, &usage):
		if usage.text != "" {
			fmt.Fprintf(stderr, "sessiondex %s: %s\n", name, usage.text)
		}
		return 2
	case errors.Is(err, query.ErrBadCursor):
		fmt.Fprintf(stderr, "sessiondex %s: %v\n", name, err)
		return 2
	}
	fmt.Fprintf(stderr, "sessiondex %s: %v\n", name, err)
	return 1
}

// isRejected reports whether all went well but for lines that were rejected. It is not
// errors.As: what failed besides is a failure.
func isRejected(err error) bool {
	_, ok := err.(rejectedError)
	return ok
}

// newFlags returns a flag set that reports to standard error and ends the
// command, not the process.
func newFlags(name, line string, std stdio) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(std.err)
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "Usage: sessiondex %s %s\n\n", name, line)
		fs.PrintDefaults()
	}
	return fs
}

// parseFlags parses, and refuses arguments that are no flags beyond most.
func parseFlags(fs *flag.FlagSet, args []string, most int) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{} // the flag set has said what is wrong
	}
	if fs.NArg() > most {
		return usageError{fmt.Sprintf("unexpected argument %q", fs.Arg(most))}
	}
	return nil
}
