// Command sessiondex lists, serves, imports, exports and checks sessions.
//
// Exit status: 0 on success, 2 for faulty arguments, 3 if --skip-invalid left out lines of
// a file, 1 for any other failure; the reason is on standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

type stdio struct {
	in       io.Reader
	out, err io.Writer
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
	root := newRoot(std)
	root.SetArgs(args)
	ran, err := root.ExecuteContextC(ctx)
	if out.err != nil && !errors.Is(err, out.err) {
		err = errors.Join(err, fmt.Errorf("standard output: %w", out.err))
	}
	if errors.Is(err, sessiondex.ErrLocked) {
		err = fmt.Errorf("%w\n%s", err, lockedHint(ran.Name(), ran.Flags().Lookup("url") != nil))
	}
	return exitStatus(err, ran.CommandPath(), std.err)
}

// The groups of commands in the help.
const (
	groupRead  = "read"
	groupWrite = "write"
	groupFile  = "file"
	groupMore  = "more"
)

func newRoot(std stdio) *cobra.Command {
	root := &cobra.Command{
		Use:                        "sessiondex",
		Short:                      "List sessions exactly, and fast",
		SuggestionsMinimumDistance: 2,
		DisableFlagsInUseLine:      true,
		SilenceErrors:              true,
		SilenceUsage:               true,
		// Without an own check, an unknown command would be no faulty argument.
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			text := fmt.Sprintf("unknown command %q", args[0])
			if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
				text += "; did you mean " + strings.Join(similar, " or ") + "?"
			}
			return usageError{text + "\nsessiondex --help lists the commands"}
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(std.err)
			if err := cmd.Help(); err != nil {
				return err
			}
			return usageError{}
		},
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.AddGroup(&cobra.Group{ID: groupRead, Title: "Read and serve sessions:"},
		&cobra.Group{ID: groupWrite, Title: "Write sessions:"}, &cobra.Group{ID: groupFile, Title: "Look after files:"},
		&cobra.Group{ID: groupMore, Title: "More:"})
	root.SetHelpCommandGroupID(groupMore)
	root.SetCompletionCommandGroupID(groupMore)
	for group, commands := range map[string][]*cobra.Command{
		groupRead:  {newList(std), newServe(std), newSources(std), newResume(std)},
		groupWrite: {newImport(std), newScan(std), newPut(std), newDelete(std), newPrune(std)},
		groupFile:  {newExport(std), newVerify(std), newCompact(std), newDiff(std), newGenerate(std)},
	} {
		for _, cmd := range commands {
			cmd.GroupID = group
			root.AddCommand(cmd)
		}
	}
	return root
}

// usageError is a fault of the command line. An empty one was reported already.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// exitStatus says on standard error what went wrong with the command of the given name.
func exitStatus(err error, name string, stderr io.Writer) int {
	var faults *query.Error
	var usage usageError
	switch {
	case err == nil:
		return 0
	case isRejected(err):
		return 3 // the lines were named
	case errors.As(err, &faults):
		for _, f := range faults.Faults {
			fmt.Fprintf(stderr, "%s: %s: %s\n", name, f.Param, f.Message)
		}
		return 2
	case errors.As(err, &usage):
		if usage.text != "" {
			fmt.Fprintf(stderr, "%s: %s\n", name, usage.text)
		}
		return 2
	case errors.Is(err, query.ErrBadCursor):
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return 1
}

// isRejected reports whether all went well but for lines that were rejected. It is not
// errors.As: an error that joins another failure is a failure.
func isRejected(err error) bool {
	_, ok := err.(rejectedError)
	return ok
}
