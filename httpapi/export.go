package httpapi

import (
	"bufio"
	"encoding/csv"
	"errors"
	"net/http"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// formatParam chooses how matches are exported: jsonl or csv.
const formatParam = "format"

// exportColumns are the columns of an export as CSV: those of the command's.
var exportColumns = []string{"id", "title", "state", "source_channel", "session_type", "app_id", "workspace_id",
	"parent_session_id", "aop_asset_id", "trigger_type", "kind", "created_at", "updated_at"}

// export answers GET /api/v0/session-export with all matches, in order and of one version,
// as they were put. It goes on for as long as the client takes what comes, and counts as
// an event stream meanwhile. One that fails midway is cut off.
func (h *handler) export(x *exchange) error {
	x.rows = 0
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	var faults []query.Fault
	format, given := take(v, formatParam)
	if given && format != "jsonl" && format != "csv" {
		faults = append(faults, query.NewFault(formatParam, "enum", "Input should be 'jsonl' or 'csv'", format))
	}
	snapshot, held := takeSnapshot(v)
	q, err := h.query(x, v, faults...)
	if err != nil {
		return x.faults(err)
	}
	from, ok, err := h.origin(x, snapshot, held)
	if !ok {
		return err
	}
	x.untagged()
	header := x.Header()
	header.Set("Cache-Control", "no-store")
	out := exporter(&jsonLines{})
	contentType, name := "application/x-ndjson", "sessions.jsonl"
	if format == "csv" {
		out, contentType, name = &csvRows{}, "text/csv; charset=utf-8", "sessions.csv"
	}
	open := func() {
		header.Set("Content-Type", contentType)
		header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
		x.WriteHeader(http.StatusOK)
	}
	if x.r.Method == http.MethodHead {
		open()
		return nil
	}
	principal := x.principal.key()
	if !h.streams.open(principal) {
		header.Set("Retry-After", "10")
		return x.detail(http.StatusServiceUnavailable, "Too many streams are open")
	}
	defer h.streams.close(principal)
	return h.writeAll(x, &from.source, q, open, out)
}

// writeAll writes all matches. The answer is opened with the first of them, so that what
// fails before is answered as in a listing.
func (h *handler) writeAll(x *exchange, from *source, q query.Query, open func(), out exporter) error {
	w := bufio.NewWriterSize(timedWriter{x, http.NewResponseController(x)}, 64<<10)
	begin := func() {
		if x.status == 0 {
			open()
			out.begin(w)
		}
	}
	for s, err := range from.All(x.r.Context(), q) {
		if err == nil {
			begin()
			x.rows++
			err = out.write(w, &s)
		}
		switch {
		case err == nil:
		case x.status == 0:
			return x.faults(err)
		default:
			var gone goneError
			if !errors.As(err, &gone) {
				h.failed(x, err)
			}
			panic(http.ErrAbortHandler) // the client must not take what it has for the whole
		}
	}
	begin()
	if err := w.Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// timedWriter gives the client its time for each piece.
type timedWriter struct {
	x       *exchange
	control *http.ResponseController
}

func (w timedWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(eventWriteTimeout))
	n, err := w.x.Write(p)
	if err != nil {
		return n, goneError{err}
	}
	return n, nil
}

// exporter writes sessions in one form.
type exporter interface {
	begin(w *bufio.Writer)
	write(w *bufio.Writer, s *sessiondex.Session) error
}

type jsonLines struct{ line []byte }

func (*jsonLines) begin(*bufio.Writer) {}

func (e *jsonLines) write(w *bufio.Writer, s *sessiondex.Session) error {
	e.line = append(s.AppendJSON(e.line[:0]), '\n')
	_, err := w.Write(e.line)
	return err
}

type csvRows struct{ row []string }

func (*csvRows) begin(w *bufio.Writer) {
	c := csv.NewWriter(w)
	_ = c.Write(exportColumns) // fails with the next row
	c.Flush()
}

func (e *csvRows) write(w *bufio.Writer, s *sessiondex.Session) error {
	e.row = append(e.row[:0], s.ID, s.Title, s.State, s.SourceChannel, s.SessionType, s.AppID, s.WorkspaceID,
		s.ParentSessionID, s.AOPAssetID, s.TriggerType, string(query.KindOf(s.IsSubSession, s.IsTaskSession)),
		s.CreatedAt.UTC().Format(time.RFC3339Nano), s.UpdatedAt.UTC().Format(time.RFC3339Nano))
	c := csv.NewWriter(w)
	if err := c.Write(e.row); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}
