package plan

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// A cursor is the sort key of the session at the edge of a page, so that the next
// page starts behind it whatever was written meanwhile. In base64url:
//
//	version, flags, fingerprint of filter and order (8 bytes),
//	key, length of the id, id, CRC-32C of all that (4 bytes)
//
// The key of a time order is seconds and nanoseconds as varints; that of the
// title order is the raw title with its length. A title longer than
// cursorTitleMax is cut, and followed by a hash of the whole.
//
// The checksum finds damage. It is not a signature: a cursor gives a place in a
// listing and nothing else, so forging one gains nothing.
const (
	cursorVersion   = 1
	cursorBack      = 1 << 0 // the page before the key, not after
	cursorCut       = 1 << 1 // the title is cut
	cursorPartShift = 2      // two bits: the part of the listing
	cursorTitleMax  = 4096
)

var (
	cursorSums     = crc32.MakeTable(crc32.Castagnoli)
	cursorEncoding = base64.RawURLEncoding.Strict()
)

// cursors returns the cursors to the next and to the previous page.
func (p *pager) cursors() (next, prev string) {
	if len(p.page) == 0 {
		return "", ""
	}
	fp := fingerprintOf(p.q)
	if p.after {
		next = p.cursorAt(p.page[len(p.page)-1], fp, 0)
	}
	if p.before {
		prev = p.cursorAt(p.page[0], fp, cursorBack)
	}
	return next, prev
}

func (p *pager) cursorAt(ord uint32, fingerprint uint64, flags byte) string {
	return p.cursorTo(p.v.Key(p.by, ord), fingerprint, flags)
}

func (p *pager) cursorTo(k index.Key, fingerprint uint64, flags byte) string {
	b := append(p.raw[:0], cursorVersion, flags)
	b = binary.BigEndian.AppendUint64(b, fingerprint)
	if p.inText() {
		title := k.Title
		if len(title) > cursorTitleMax {
			b[1] |= cursorCut
			title = strings.ToValidUTF8(title[:cursorTitleMax], "")
		}
		b = binary.AppendUvarint(b, uint64(len(title)))
		b = append(b, title...)
		if b[1]&cursorCut != 0 {
			b = binary.BigEndian.AppendUint64(b, hashTitle(k.Title))
		}
	} else {
		b = binary.AppendVarint(b, k.At.Sec)
		b = binary.AppendUvarint(b, uint64(k.At.Nsec))
	}
	b = binary.AppendUvarint(b, uint64(len(k.ID)))
	b = append(b, k.ID...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, cursorSums))
	var text [344]byte
	return string(cursorEncoding.AppendEncode(text[:0], b))
}

// inText reports whether the order is by a text.
func (p *pager) inText() bool {
	row := p.v.RowOf(p.by)
	return row.Type == schema.Keyword || row.Type == schema.Text
}

func hashTitle(title string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, title)
	return h.Sum64()
}

// resume reads the query's cursor, if there is one.
func (p *pager) resume() error {
	if p.q.Cursor == "" {
		return nil
	}
	bad := func(why string) error { return fmt.Errorf("%w: %s", query.ErrBadCursor, why) }
	b, err := cursorEncoding.DecodeString(p.q.Cursor)
	if err != nil || len(b) < 2+8+1+4 || strings.ContainsAny(p.q.Cursor, "\r\n") { // which base64 passes over
		return bad("not a cursor of this service")
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, cursorSums) != sum {
		return bad("it is damaged")
	}
	if body[0] != cursorVersion {
		return bad(fmt.Sprintf("it has version %d, this program knows %d", body[0], cursorVersion))
	}
	if binary.BigEndian.Uint64(body[2:]) != fingerprintOf(p.q) {
		return bad("it was made for another filter or order")
	}
	k, ok := p.readKey(body[1], body[10:])
	if !ok {
		return bad("its key does not parse")
	}
	p.cursor, p.back, p.cursorPart = &k, body[1]&cursorBack != 0, int(body[1]>>cursorPartShift&3)
	return nil
}

func (p *pager) readKey(flags byte, b []byte) (k index.Key, ok bool) {
	ok = true
	uvarint := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			ok = false
			return 0
		}
		b = b[size:]
		return n
	}
	text := func() string {
		n := uvarint()
		if !ok || n > uint64(len(b)) {
			ok = false
			return ""
		}
		s := string(b[:n])
		b = b[n:]
		return s
	}
	var whole uint64
	if p.inText() {
		k.Title = text()
		if flags&cursorCut != 0 {
			if len(b) < 8 {
				return k, false
			}
			whole, b = binary.BigEndian.Uint64(b), b[8:]
		}
		k.Folded = p.v.Fold().Fold(k.Title)
	} else {
		sec, size := binary.Varint(b)
		if size <= 0 {
			return k, false
		}
		b = b[size:]
		nsec := uvarint()
		k.At = index.Instant{Sec: sec, Nsec: int32(nsec)}
		ok = ok && nsec < 1e9
	}
	k.ID = text()
	if !ok || len(b) > 0 || flags&^(cursorBack|cursorCut|3<<cursorPartShift) != 0 {
		return k, false
	}
	if flags&cursorCut != 0 {
		// The session itself, where it still has that title, has the whole key.
		if ord, found := p.v.Find(k.ID); found {
			if at := p.v.Key(p.by, ord); hashTitle(at.Title) == whole {
				return at, true
			}
		}
		// Otherwise nobody knows the rest of the title any more: the page starts in
		// front of all titles with this beginning, and may repeat sessions, but it
		// passes over none. (No valid text is above the byte 0xff.)
		if p.desc != (flags&cursorBack != 0) {
			k.Folded += "\xff"
		}
	}
	return k, true
}

// fingerprintOf tells filters and orders apart, the same in every process. Of the
// page it says nothing: a listing may be followed in steps of another size. It is a hash
// in the manner of FNV-1a, eight bytes at a time.
func fingerprintOf(q *query.Query) uint64 {
	const (
		offset = 14695981039346656037
		prime  = 1099511628211
	)
	asked := *q
	asked.Limit, asked.Offset, asked.Cursor = 0, 0, ""
	var scratch [512]byte
	b := asked.AppendNormalized(scratch[:0])
	h := (offset ^ uint64(len(b))) * prime
	for ; len(b) > 0; b = b[min(8, len(b)):] {
		var limb [8]byte
		copy(limb[:], b)
		h = (h ^ binary.LittleEndian.Uint64(limb[:])) * prime
		h ^= h >> 29 // the upper half must count in what follows
	}
	return h
}
