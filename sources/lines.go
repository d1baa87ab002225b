package sources

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// chunks pools the buffers for reading files.
var chunks = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 256<<10) }}

// readLines calls use with every complete line of r, without its line ending; the bytes
// are valid during the call only. It skips a last line without a line feed, even if it
// parses, since its writer may not have finished it. Lines of more than limit bytes are
// skipped in bounded memory and reported, as is an error of the reader.
func readLines(ctx context.Context, r io.Reader, limit int, use func(number int, line []byte), fault func(line int, reason string)) {
	in := chunks.Get().(*bufio.Reader)
	in.Reset(r)
	defer func() {
		in.Reset(nil)
		chunks.Put(in)
	}()
	var long []byte // the beginning of a line that is longer than a chunk
	skipping := false
	for number := 1; ctx.Err() == nil; {
		part, err := in.ReadSlice('\n')
		switch {
		case err == nil && skipping:
			fault(number, fmt.Sprintf("the line is longer than %d bytes", limit))
			skipping = false
			number++
		case err == nil && len(long)+len(part) > limit+1:
			fault(number, fmt.Sprintf("the line is longer than %d bytes", limit))
			long = nil
			number++
		case err == nil:
			line := part
			if len(long) > 0 {
				long = append(long, part...)
				line = long
			}
			use(number, bytes.TrimRight(line, "\r\n"))
			if cap(long) > 1<<20 {
				long = nil // release the memory of a huge line
			}
			long = long[:0]
			number++
		case errors.Is(err, bufio.ErrBufferFull):
			if !skipping && len(long)+len(part) > limit {
				skipping, long = true, nil
			}
			if !skipping {
				long = append(long, part...)
			}
		case err == io.EOF:
			return
		default:
			fault(0, reason(err))
			return
		}
	}
}

// openUpTo opens a file for reading up to its current size, so that a writer that keeps
// appending does not keep the reader busy.
func openUpTo(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, info.Size()), f}, nil
}

// readTranscript reads the lines of a file; use gets those that are JSON objects.
func readTranscript(ctx context.Context, path string, o *Options, use func(line []byte) error) []Fault {
	in, err := openUpTo(path)
	if err != nil {
		return []Fault{{Reason: reason(err)}}
	}
	defer in.Close()
	return readRecords(ctx, in, o, use)
}

// readRecords is readTranscript for an open file. It keeps at most maxFaults faults per
// file.
func readRecords(ctx context.Context, in io.Reader, o *Options, use func(line []byte) error) []Fault {
	var faults []Fault
	fault := func(line int, reason string) {
		if len(faults) < maxFaults {
			faults = append(faults, Fault{Line: line, Reason: reason})
		}
	}
	readLines(ctx, in, o.MaxLineBytes, func(number int, line []byte) {
		if len(bytes.TrimSpace(line)) == 0 {
			return
		}
		if err := use(line); err != nil {
			fault(number, err.Error())
		}
	}, fault)
	return faults
}

const maxFaults = 20
