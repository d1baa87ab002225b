// Command sessiondex-cluster runs instances that share their sessions: each lists from its
// own memory, and all follow one stream of NATS JetStream.
//
// Exit status: 0 on success, 2 for faulty arguments, 1 for any other failure; the reason is
// on standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
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

// usageError is a fault of the command line.
type usageError struct{ error }

// run is main without the process around it.
func run(ctx context.Context, args []string, std stdio) int {
	root := &cobra.Command{
		Use:           "sessiondex-cluster",
		Short:         "Instances that share one list of sessions, on NATS JetStream",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServe(std), newImport(std), newStatus(std), newRestore(std), newDemo(std))
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(std.err, "%s: %v\n", cmd.CommandPath(), err)
	var usage usageError
	if errors.As(err, &usage) || cmd == root {
		return 2
	}
	return 1
}

// exactly refuses any other number of arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) > n:
			return usageError{fmt.Errorf("unexpected argument %q", args[n])}
		case len(args) < n:
			return usageError{fmt.Errorf("%s is missing", what)}
		}
		return nil
	}
}
