package index

import "github.com/sessiondex/sessiondex/schema"

// AppendValues appends the values of a view's entry in a row of keywords or a flag, in
// ascending order.
func (e *Entry) AppendValues(dst []string, row *schema.Row) []string {
	if !row.Declared() {
		if value := e.Values[row.Index]; value != "" {
			dst = append(dst, value)
		}
		return dst
	}
	payload, _ := e.Members.payload(row.Index)
	return (&rowLayout{Row: row}).values(payload, dst)
}

// Number returns the value of a view's entry in a row of numbers.
func (e *Entry) Number(row *schema.Row) (value float64, ok bool) {
	payload, _ := e.Members.payload(row.Index)
	if payload == "" {
		return 0, false
	}
	return number(splitNumber(payload).hi), true
}

// Instant returns the value of a view's entry in a row of times.
func (e *Entry) Instant(row *schema.Row) (value Instant, ok bool) {
	switch row.Index {
	case schema.RowCreatedAt:
		return e.Created, true
	case schema.RowUpdatedAt:
		return e.Updated, true
	}
	payload, _ := e.Members.payload(row.Index)
	if payload == "" {
		return Instant{}, false
	}
	return splitNumber(payload).instant(), true
}
