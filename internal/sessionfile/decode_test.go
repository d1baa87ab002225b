package sessionfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

const (
	one = `{"id":"a","title":"Müller 👍 日本","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\n"
	two = `{"id":"b","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\r\n"
	bom = "\uFEFF"
)

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func zstded(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func utf16ed(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// read returns the ids and titles of a file.
func read(r io.Reader) (ids []string, err error) {
	text, err := Decode(r)
	if err != nil {
		return nil, err
	}
	for s, err := range sessiondex.ReadJSONL(text) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, s.ID)
		if s.ID == "a" && s.Title != "Müller 👍 日本" {
			return nil, errors.New("title " + s.Title)
		}
	}
	return ids, nil
}

func TestDecodeReadsWhatPeopleHave(t *testing.T) {
	le := func(text string) string { return utf16ed(binary.LittleEndian, text) }
	be := func(text string) string { return utf16ed(binary.BigEndian, text) }
	array := "[" + strings.TrimSpace(one) + "," + strings.TrimSpace(two) + "]"
	for name, file := range map[string]string{
		"plain": one + two, "with a mark": bom + one + two, "marks at the seam": bom + one + bom + two, "an array": array,
		"gzip": zipped(one + two), "gzip members": zipped(one) + zipped(bom+two), "gzip of an array": zipped(array),
		"zstd": zstded(one + two), "zstd frames": zstded(bom+one) + "\x50\x2a\x4d\x18\x02\x00\x00\x00xx" + zstded(bom+two),
		"zstd, skippable first": "\x5f\x2a\x4d\x18\x02\x00\x00\x00xx" + zstded(one+two),
		"UTF-16LE":              le(bom + one + two), "UTF-16BE": be(bom + one + two),
		"UTF-16LE, no mark": le(one + two), "UTF-16BE, no mark": be(one + two),
		"UTF-16LE, marks at the seam": le(bom + one + bom + two), "UTF-16 array": le(bom + array),
		"gzip of UTF-16": zipped(le(bom + one + two)), "zstd of UTF-16": zstded(be(bom + one + two)),
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(file), iotest.OneByteReader(strings.NewReader(file)), iotest.DataErrReader(strings.NewReader(file))} {
				ids, err := read(r)
				require.NoError(t, err)
				assert.Equal(t, []string{"a", "b"}, ids)
			}
		})
	}
	for name, file := range map[string]string{"nothing": "", "a mark": bom, "nothing zipped": zipped(""), "a UTF-16 mark": "\xff\xfe"} {
		ids, err := read(strings.NewReader(file))
		require.NoError(t, err, name)
		assert.Empty(t, ids, name)
	}
}

func TestDecodeNamesWhatItDoesNotRead(t *testing.T) {
	for file, want := range map[string]string{
		"PK\x03\x04.........": "a zip archive", "BZh91AY": "bzip2", "\xfd7zXZ\x00....": "xz", "SQLite format 3\x00....": "SQLite database",
		strings.Repeat("\x00", 16) + "\xed\xda\x0c\xed....": "give it as --db", "\xff\xfe\x00\x00{\x00\x00\x00": "UTF-32", "\x00\x00\xfe\xff\x00\x00\x00{": "UTF-32",
		"\x00\x00\x00\x00": "NUL bytes", zipped(zipped(one)): "compressed twice", zipped("PK\x03\x04..."): "a zip archive",
		strings.Repeat("x", 257) + "ustar": "tar archive",
	} {
		_, err := read(strings.NewReader(file))
		require.ErrorIs(t, err, ErrFormat, "%q", file)
		assert.ErrorContains(t, err, want)
	}
}

// Half a file is a failure, not a few sessions.
func TestDecodeReportsDamage(t *testing.T) {
	for name, file := range map[string]string{"gzip": zipped(one + two), "zstd": zstded(one + two)} {
		for end := 4; end < len(file); end++ {
			_, err := read(strings.NewReader(file[:end]))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s, %d of %d bytes", name, end, len(file))
			require.ErrorContains(t, err, name)
		}
		_, err := read(strings.NewReader(file[:len(file)-6] + "\x00" + file[len(file)-5:]))
		require.Error(t, err, name)
	}
	broken := errors.New("disk on fire")
	_, err := read(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	// A UTF-16 file that breaks off within a character is not UTF-8 with a hole.
	_, err = read(strings.NewReader(utf16ed(binary.LittleEndian, bom+one) + "{"))
	require.ErrorContains(t, err, "line 2")
}

func TestInterruptibleGivesEverything(t *testing.T) {
	text := strings.Repeat(one, 5_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	require.NoError(t, iotest.TestReader(Interruptible(ctx, strings.NewReader(text)), []byte(text)))
}

func TestDecodeReadsWhatCameThroughAPipeWithoutWaiting(t *testing.T) {
	for _, text := range []string{"{}", "[]", "nonsense", " \n", "\xef\xbb\xbf{"} {
		r, w := io.Pipe()
		go func() { _, _ = io.WriteString(w, text) }()
		_, err := Decode(r)
		require.NoError(t, err, "%q", text)
		require.NoError(t, r.Close())
	}
}

func TestInterruptibleEndsWhileItsReaderIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, w := io.Pipe()
		ctx, cancel := context.WithCancelCause(t.Context())
		r := Interruptible(ctx, silent)
		got := make(chan error)
		go func() {
			_, err := io.ReadAll(r)
			got <- err
		}()
		_, err := w.Write([]byte("some"))
		require.NoError(t, err)
		synctest.Wait() // it waits for more
		stop := errors.New("stop")
		cancel(stop)
		require.Equal(t, stop, <-got)
		_, err = r.Read(make([]byte, 1))
		require.Equal(t, stop, err)
		require.NoError(t, w.Close()) // ends the goroutine that is still reading
	})
}
