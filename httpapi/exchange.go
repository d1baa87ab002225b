package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"hash/maphash"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
)

const (
	// minGzip is the size in bytes from which a body is worth compressing: below
	// it, it fits into one packet anyway.
	minGzip = 1400
	// streamBytes is the size from which a page is sent in pieces of about that
	// size: titles may be megabytes long, and a page has up to 500 of them.
	streamBytes = 1 << 20
)

// exchange is one request and its answer. It is an http.ResponseWriter that
// knows whether and how the request was answered.
type exchange struct {
	w         http.ResponseWriter
	r         *http.Request
	idHeader  [1]string          // the id of the request, as the answer's header has it
	cancel    context.CancelFunc // ends what the deadline bounds
	begun     func() bool        // takes the deadline away; nil for an answer that ends
	principal Principal
	asStored  bool            // sessions are answered exactly as they were put
	members   map[string]bool // the only ones that sessions are answered with; nil is all
	status    int             // 0 until the header is written
	rows      int             // sessions in the answer, -1 where they have no meaning

	tag     string       // the entity tag of the answer that there will be
	tagBody bool         // it is the hash of the answer's body
	seed    maphash.Seed // of that hash
}

func (x *exchange) Header() http.Header { return x.w.Header() }

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
		if x.begun != nil {
			x.begun()
		}
	}
	x.w.WriteHeader(status)
}

func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	return x.w.Write(p)
}

// limit has the request cancelled after its deadline, an endless one unless its answer
// has begun by then.
func (x *exchange) limit(deadline time.Duration, endless bool) {
	var ctx context.Context
	if endless {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(x.r.Context())
		timer := time.AfterFunc(deadline, func() { cancel(context.DeadlineExceeded) })
		x.begun = timer.Stop
		x.cancel = func() {
			timer.Stop()
			cancel(nil)
		}
	} else {
		ctx, x.cancel = context.WithTimeout(x.r.Context(), deadline)
	}
	x.r = x.r.WithContext(ctx)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.w }

// clear takes back the headers of an answer that was not given.
func (x *exchange) clear() {
	for _, name := range []string{"Etag", "Link", "X-Next-Cursor", "Content-Encoding", "Content-Length", "Allow", "Retry-After", "Location", snapshotHeader} {
		x.Header().Del(name)
	}
}

// detail answers {"detail":"…"}.
func (x *exchange) detail(status int, text string) error {
	body, err := json.Marshal(struct {
		Detail string `json:"detail"`
	}{text})
	if err != nil {
		return err
	}
	return x.body(status, append(body, '\n'))
}

// session answers with one session.
func (x *exchange) session(status int, s *sessiondex.Session) error {
	buf := borrow()
	defer giveBack(buf)
	*buf = append(x.appendSession(s, (*buf)[:0]), '\n')
	return x.body(status, *buf)
}

// appendSession appends a session in the form that this handler answers in.
func (x *exchange) appendSession(s *sessiondex.Session, dst []byte) []byte {
	write := s.AppendContractJSON
	if x.asStored {
		write = s.AppendJSON
	}
	if x.members == nil {
		return write(dst)
	}
	whole := borrow()
	defer giveBack(whole)
	*whole = write((*whole)[:0])
	return appendChosen(dst, *whole, x.members)
}

// appendPage appends a page in the form in which this handler answers.
func (x *exchange) appendPage(dst []byte, p *sessiondex.Page) []byte {
	if x.asStored {
		return p.AppendStoredJSON(dst)
	}
	return p.AppendJSON(dst)
}

// page answers with a page of sessions.
func (x *exchange) page(p *sessiondex.Page) error {
	size := 0
	for i := range p.Items {
		size += len(p.Items[i].Title) + len(p.Items[i].Extra)
	}
	if size >= streamBytes {
		return x.stream(p)
	}
	buf := borrow()
	defer giveBack(buf)
	*buf = append(x.appendPage((*buf)[:0], p), '\n')
	return x.body(http.StatusOK, *buf)
}

// body answers with a complete body in JSON.
func (x *exchange) body(status int, body []byte) error {
	return x.typed(status, "application/json", body)
}

// typed answers with a complete body. The Content-Length of a HEAD is that of
// the GET. Errors of writing are the client's: it has gone.
func (x *exchange) typed(status int, contentType string, body []byte) error {
	header := x.Header()
	if x.tagBody && status == http.StatusOK {
		x.tag = bodyTag(x.seed, body)
		if x.notModified(true) {
			return nil
		}
	}
	header.Set("Content-Type", contentType)
	if len(body) >= minGzip && acceptsGzip(x.r.Header.Values("Accept-Encoding")) {
		packed := packedPool.Get().(*packed)
		defer packed.giveBack()
		body = packed.pack(body)
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.Write(body)
	}
	return nil
}

// stream answers with a page in pieces, so that its memory is bounded by the
// largest session rather than by the sum of all. Its bytes are those of
// Page.AppendJSON. There is no Content-Length, neither for GET nor for HEAD.
func (x *exchange) stream(p *sessiondex.Page) error {
	if x.tagBody {
		var hash maphash.Hash
		hash.SetSeed(x.seed)
		_ = x.pieces(p, hash.Write, "\n") // a hash takes everything
		x.tag = weakTag(hash.Sum64())
		if x.notModified(true) {
			return nil
		}
	}
	x.Header().Set("Content-Type", "application/json")
	zip := acceptsGzip(x.r.Header.Values("Accept-Encoding"))
	if zip {
		x.Header().Set("Content-Encoding", "gzip")
	}
	x.WriteHeader(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return nil
	}
	write := x.Write
	if zip {
		packed := packedPool.Get().(*packed)
		defer packed.giveBack()
		packed.zip.Reset(x.w)
		defer packed.zip.Close()
		write = packed.zip.Write
	}
	_ = x.pieces(p, write, "\n") // if it fails the client has gone
	return nil
}

// pieces writes a page piece by piece, and what comes behind it.
func (x *exchange) pieces(p *sessiondex.Page, write func([]byte) (int, error), behind string) error {
	// The frame around the items is that of the same page without items, which
	// has one pair of brackets.
	frame := *p
	frame.Items = nil
	empty := frame.AppendJSON(nil)
	at := bytes.IndexByte(empty, '[') + 1
	head, tail := empty[:at], append(empty[at:len(empty):len(empty)], behind...)

	buf := borrow()
	defer giveBack(buf)
	*buf = append((*buf)[:0], head...)
	for i := range p.Items {
		if i > 0 {
			*buf = append(*buf, ',')
		}
		*buf = x.appendSession(&p.Items[i], *buf)
		if len(*buf) >= streamBytes {
			if _, err := write(*buf); err != nil {
				return err
			}
			*buf = (*buf)[:0]
		}
	}
	*buf = append(*buf, tail...)
	_, err := write(*buf)
	return err
}

// maxPooled is the capacity in bytes up to which a buffer is kept for later.
const maxPooled = 1 << 20

var bufPool = sync.Pool{New: func() any { return new([]byte) }}

func borrow() *[]byte { return bufPool.Get().(*[]byte) }

func giveBack(buf *[]byte) {
	if cap(*buf) <= maxPooled {
		bufPool.Put(buf)
	}
}

// packed is a compressor, which is large, and its output.
type packed struct {
	zip *gzip.Writer
	out bytes.Buffer
}

var packedPool = sync.Pool{New: func() any {
	// The fastest level: the answer is wanted now, and JSON of like rows shrinks
	// to a fifth of its size anyway.
	zip, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &packed{zip: zip}
}}

// pack compresses a body; the result is valid until giveBack.
func (p *packed) pack(body []byte) []byte {
	p.out.Reset()
	p.zip.Reset(&p.out)
	_, _ = p.zip.Write(body) // a bytes.Buffer returns no error
	_ = p.zip.Close()
	return p.out.Bytes()
}

func (p *packed) giveBack() {
	p.zip.Reset(nil)
	if p.out.Cap() <= maxPooled {
		packedPool.Put(p)
	}
}
