package sessiondex

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// MarshalJSON returns the page as the contract's response; see AppendJSON. Like
// Session.MarshalJSON it refuses sessions that could not be read back, and json.Marshal
// passes the result through its own escaping.
func (p Page) MarshalJSON() ([]byte, error) {
	for i := range p.Items {
		extra, fault := settle(&p.Items[i], math.MaxInt)
		if fault != nil {
			fault.ID, fault.Index = p.Items[i].ID, i
			return nil, fault
		}
		if extra != p.Items[i].Extra {
			p.Items = slices.Clone(p.Items)
			p.Items[i].Extra = extra
		}
	}
	return p.AppendJSON(nil), nil
}

// AppendJSON appends the page as the contract's response and returns the extended
// buffer: one JSON object without a line break and with exactly the six members
// has_more, items, limit, next_offset, offset and total. Items without sessions is [],
// NextOffset nil is null. The sessions are completed for clients of the public API; see
// Session.AppendContractJSON, and AppendStoredJSON for sessions as they were put. It
// allocates at most once where no character needs an escape. The sessions must be
// valid; see Session.AppendJSON.
func (p *Page) AppendJSON(dst []byte) []byte {
	return p.appendJSON(dst, (*Session).AppendContractJSON)
}

// AppendStoredJSON is AppendJSON with the sessions exactly as they were put.
func (p *Page) AppendStoredJSON(dst []byte) []byte {
	return p.appendJSON(dst, (*Session).AppendJSON)
}

func (p *Page) appendJSON(dst []byte, appendSession func(*Session, []byte) []byte) []byte {
	const frame = 160
	size := frame
	for i := range p.Items {
		size += p.Items[i].jsonSizeHint() + completedSizeHint + len(p.Items[i].ID)
	}
	dst = slices.Grow(dst, size)
	dst = append(dst, `{"has_more":`...)
	dst = appendBool(dst, p.HasMore)
	dst = append(dst, `,"items":[`...)
	for i := range p.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSession(&p.Items[i], dst)
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

// UnmarshalJSON reads a page from the contract's response, which has no cursors, and
// drops the members that complete the sessions for clients; see Session.DropDerived.
func (p *Page) UnmarshalJSON(data []byte) error {
	type members Page // without this method
	var m members
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	for i := range m.Items {
		m.Items[i].DropDerived()
	}
	*p = Page(m)
	return nil
}
