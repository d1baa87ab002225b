// Package sessionfile reads files of sessions in common forms: the text that
// sessiondex.ScanJSONL reads, plain or compressed by gzip or zstd, in UTF-8 or UTF-16.
// The error for another known format names it.
//
// It is not part of the root package because only the command needs it: a program that
// embeds an engine should not link a zstd decoder.
package sessionfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ErrFormat is returned for a file that is not text with sessions.
var ErrFormat = errors.New("cannot be read as sessions")

// maxWindow bounds the memory of a zstd stream to the default of "zstd --long".
const maxWindow = 128 << 20

// Decode returns the text of r as UTF-8, decompressed and decoded as needed. An error
// is r's, or matches ErrFormat and says what r is instead. The returned reader reports
// damage and a missing end of compressed data.
func Decode(r io.Reader) (io.Reader, error) {
	in, head, err := peek(r)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", truncated(err))
		}
		in, head, err = peek(named{"gzip", unzipped})
		if err != nil {
			return nil, err
		}
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), len(head) > 3 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}):
		unzipped, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		in, head, err = peek(named{"zstd", unzipped})
		if err != nil {
			return nil, err
		}
	}
	return decodeText(in, head)
}

// decodeText returns in as UTF-8; head is how it begins.
func decodeText(in *bufio.Reader, head []byte) (io.Reader, error) {
	for _, other := range otherFormats {
		if len(head) >= other.at && bytes.HasPrefix(head[other.at:], []byte(other.magic)) {
			return nil, fmt.Errorf("%w: it is %s", ErrFormat, other.is)
		}
	}
	var order unicode.Endianness
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), len(head) > 1 && head[0] != 0 && head[1] == 0:
		order = unicode.LittleEndian
	case bytes.HasPrefix(head, []byte("\xfe\xff")), len(head) > 1 && head[0] == 0 && head[1] != 0:
		order = unicode.BigEndian
	case len(head) > 0 && head[0] == 0:
		return nil, fmt.Errorf("%w: it is not text, it begins with NUL bytes", ErrFormat)
	default:
		return in, nil
	}
	// The scanner drops the byte order mark at the beginning, as it does between files.
	return transform.NewReader(in, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()), nil
}

// otherFormats are common formats that cannot be read, by the bytes at an offset in
// them.
var otherFormats = []struct {
	at        int
	magic, is string
}{
	{0, "\x1f\x8b", "compressed twice"},
	{0, "\x28\xb5\x2f\xfd", "compressed twice"},
	{0, "PK\x03\x04", "a zip archive: unpack it, and give a file of it"},
	{0, "BZh", "compressed by bzip2: unpack it, or use gzip or zstd"},
	{0, "\xfd7zXZ\x00", "compressed by xz: unpack it, or use gzip or zstd"},
	{0, "\x04\x22\x4d\x18", "compressed by lz4: unpack it, or use gzip or zstd"},
	{257, "ustar", "a tar archive: unpack it, and give a file of it"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{0, "PAR1", "a Parquet file"},
	{0, "%PDF-", "a PDF document"},
	{16, "\xed\xda\x0c\xed", "a database: give it as --db"},
	{0, "\xff\xfe\x00\x00", "text in UTF-32, which is not read: save it as UTF-8"},
	{0, "\x00\x00\xfe\xff", "text in UTF-32, which is not read: save it as UTF-8"},
}

// sniffBytes is how much of the beginning is needed to recognise a format.
const sniffBytes = 512

// peek returns the beginning of r, up to sniffBytes. It waits for more than the
// available bytes only if the first byte may begin another format, since a pipe may be
// slow.
func peek(r io.Reader) (*bufio.Reader, []byte, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(1)
	switch {
	case err != nil:
	case head[0] == '{' || head[0] == '[':
		head, err = in.Peek(2) // UTF-16 without a mark
	case beginsOther(head[0]):
		head, err = in.Peek(sniffBytes)
	default:
		head, err = in.Peek(min(in.Buffered(), sniffBytes))
	}
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	return in, head, nil
}

// beginsOther reports whether a format other than JSON in UTF-8 may begin with c.
func beginsOther(c byte) bool {
	if c == 0 || c == 0x28 || c&0xf0 == 0x50 || c >= 0xfe { // a database, zstd, UTF-16
		return true
	}
	for _, other := range otherFormats {
		if other.at == 0 && other.magic[0] == c {
			return true
		}
	}
	return false
}

// named adds the name of a compression to its errors.
type named struct {
	name string
	r    io.Reader
}

func (n named) Read(p []byte) (int, error) {
	read, err := n.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", n.name, err)
	}
	return read, err
}

// truncated turns io.EOF into io.ErrUnexpectedEOF, since the data end too early.
func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
