package sessiondex

import (
	"math"
	"slices"
	"strconv"
)

// MarshalJSON returns the page as the contract's response; see AppendJSON. Like
// Session.MarshalJSON it refuses sessions that could not be read back, and json.Marshal
// passes the result through its own escaping.
func (p Page) MarshalJSON() ([]byte, error) {
	for i := range p.Items {
		if fault := sessionFault(&p.Items[i], math.MaxInt); fault != nil {
			fault.ID, fault.Index = p.Items[i].ID, i
			return nil, fault
		}
	}
	return p.AppendJSON(nil), nil
}

// AppendJSON appends the page as the contract's response and returns the extended
// buffer: one JSON object without a line break and with exactly the six members
// has_more, items, limit, next_offset, offset and total. Items without sessions is [],
// NextOffset nil is null. It allocates at most once where no character needs an
// escape. The sessions must be valid; see Session.AppendJSON.
func (p *Page) AppendJSON(dst []byte) []byte {
	const frame = 160
	size := frame
	for i := range p.Items {
		size += p.Items[i].jsonSizeHint() + len(",")
	}
	dst = slices.Grow(dst, size)
	dst = append(dst, `{"has_more":`...)
	dst = appendBool(dst, p.HasMore)
	dst = append(dst, `,"items":[`...)
	for i := range p.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.Items[i].AppendJSON(dst)
	}
	dst = append(dst, `],"limit":`...)
	dst = strconv.AppendInt(dst, int64(p.Limit), 10)
	dst = append(dst, `,"next_offset":`...)
	if p.NextOffset == nil {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(*p.NextOffset), 10)
	}
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, int64(p.Offset), 10)
	dst = append(dst, `,"total":`...)
	dst = strconv.AppendInt(dst, int64(p.Total), 10)
	return append(dst, '}')
}
