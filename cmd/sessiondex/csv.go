package main

import (
	"encoding/csv"
	"io"
	"iter"

	"github.com/sessiondex/sessiondex"
)

// csvRows writes sessions as CSV (RFC 4180, but lines end in LF), under a heading with
// the columns' names. Values are written as they are: whoever opens such a file in a
// spreadsheet should import the columns as text.
type csvRows struct {
	w       *csv.Writer
	columns []column
	row     []string
}

func newCSVRows(out io.Writer, columns []column) *csvRows {
	r := &csvRows{w: csv.NewWriter(out), columns: columns, row: make([]string, len(columns))}
	for i, c := range columns {
		r.row[i] = c.name
	}
	_ = r.w.Write(r.row) // its error stays for Error
	return r
}

func (r *csvRows) write(s *sessiondex.Session) {
	for i, c := range r.columns {
		r.row[i] = c.value(s)
	}
	_ = r.w.Write(r.row)
}

// writeCSV writes a sequence of sessions. It stops at the first error.
func writeCSV(out io.Writer, columns []column, sessions iter.Seq2[sessiondex.Session, error]) error {
	rows := newCSVRows(out, columns)
	for s, err := range sessions {
		if err == nil {
			rows.write(&s)
			err = rows.w.Error()
		}
		if err != nil {
			rows.w.Flush()
			return err
		}
	}
	rows.w.Flush()
	return rows.w.Error()
}
