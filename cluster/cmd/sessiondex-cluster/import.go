package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/cluster"
	"github.com/sessiondex/sessiondex/internal/sessionfile"
)

func newImport(std stdio) *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "import [flags] {FILE.jsonl | -}",
		Short: "Put the sessions of a file into the stream",
		Long: "Put the sessions of a file into the stream. Sessions of the same id are replaced, so an import that was broken off is resumed by running it again.\n" +
			"The file may be JSON Lines, a JSON array or a saved response, compressed by gzip or zstd; - is standard input.",
		Args: exactly(1, "the file to import"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return importFile(cmd.Context(), &c, args[0], std)
		},
	}
	c.add(cmd)
	return cmd
}

func importFile(ctx context.Context, c *connection, name string, std stdio) (err error) {
	in := io.NopCloser(std.in)
	if name != "-" {
		if in, err = os.Open(name); err != nil {
			return err
		}
	}
	defer in.Close()
	text, err := sessionfile.Decode(sessionfile.Interruptible(ctx, in))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	nc, err := c.connect(slog.New(slog.NewTextHandler(std.err, nil)))
	if err != nil {
		return err
	}
	defer nc.Close()
	n, err := cluster.Import(ctx, nc, sessiondex.ReadJSONL(text), &c.options)
	noun := "sessions"
	if n == 1 {
		noun = "session"
	}
	fmt.Fprintf(std.err, "%d %s imported\n", n, noun)
	var line *sessiondex.LineError
	if errors.As(err, &line) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}
