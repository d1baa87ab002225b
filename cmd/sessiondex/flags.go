package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sessiondex/sessiondex/query"
)

// flagGroup is a part of a command's flags. It has a heading of its own in the help.
type flagGroup struct {
	heading string
	*pflag.FlagSet
}

func newFlags(heading string) flagGroup {
	fs := pflag.NewFlagSet(heading, pflag.ContinueOnError)
	fs.SortFlags = false
	return flagGroup{heading, fs}
}

// withFlags gives a command its flags, and the help that shows them in groups.
func withFlags(cmd *cobra.Command, groups ...flagGroup) *cobra.Command {
	cmd.Flags().SortFlags = false
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.FlagSet)
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error { return printUsage(cmd, groups) })
	if cmd.Args == nil {
		cmd.Args = atMost(0)
	}
	for flag, values := range flagValues {
		if cmd.Flags().Lookup(strings.TrimSuffix(flag, ",")) != nil {
			oneOf(cmd, flag, values...)
		}
	}
	return cmd
}

// flagValues are what shells offer for a flag, whichever command has it; a comma behind
// its name says that it takes a list.
var flagValues = map[string][]string{
	"match": {"phrase", "all_terms", "words"}, "sort-by": query.SortFields(nil), "sort-direction": {"desc", "asc"},
	"kind,": {"top_level", "sub_session", "task_run", "both"}, "state,": {"running", "completed", "failed", "needs_input"},
	"session-type,": {"session", "video_session", "desktop_session", "mobile_session"},
	"period":        {"month", "day", "hour"}, "fold": {"case", "loose"}, "time-unit": {"s", "ms", "auto"}, "log-format": {"text", "json"},
	"columns,": columnNames(columns...),
}

func printUsage(cmd *cobra.Command, groups []flagGroup) error {
	out := cmd.OutOrStdout()
	width := terminalWidth(out)
	fmt.Fprintf(out, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(out, "\nExamples:\n%s\n", cmd.Example)
	}
	for _, g := range groups {
		fmt.Fprintf(out, "\n%s:\n%s", g.heading, g.FlagUsagesWrapped(width))
	}
	_, err := io.WriteString(out, "\n  -h, --help   print this help\n")
	return err
}

// atMost refuses further arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return usageError{fmt.Sprintf("unexpected argument %q", args[n])}
		}
		return nil
	}
}

// textFlag is a flag whose values go to a function, which may refuse them.
type textFlag struct {
	kind string // what a value is called in the help
	set  func(value string) error
}

func (f textFlag) String() string         { return "" }
func (f textFlag) Set(value string) error { return f.set(value) }
func (f textFlag) Type() string           { return f.kind }

// oneOf completes the values of a flag.
func oneOf(cmd *cobra.Command, flag string, values ...string) {
	complete := func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	}
	if strings.HasSuffix(flag, ",") { // a list: what stands after the last comma
		flag = strings.TrimSuffix(flag, ",")
		complete = func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			front := begun[:strings.LastIndexByte(begun, ',')+1]
			all := make([]cobra.Completion, len(values))
			for i, v := range values {
				all[i] = front + v
			}
			return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
	}
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // a flag that the command lacks
	}
}
