package query

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a query: every faulty parameter at once, in the
// order of the package documentation, then unknown parameters by name.
//
// errors.Is(err, ErrInvalid) holds for every Error, and errors.Is(err,
// ErrBadCursor) for one that faults the cursor. Its JSON is the body of the
// endpoint's answer 422.
type Error struct{ Faults []Fault }

// Fault is one faulty parameter.
type Fault struct {
	// Param is the parameter's name, also for a query that was made in Go:
	// "limit" for Query.Limit.
	Param string
	// Type is the kind of fault, stable and for programs: one of int_parsing,
	// float_parsing, finite_number, greater_than_equal, less_than_equal, bool_parsing,
	// datetime_from_date_parsing, time_zone, enum, too_long, value_error, string_unicode
	// and extra_forbidden. The names are those that clients of FastAPI services know.
	Type string
	// Message is for people. It quotes the value, cut to its first 100 characters.
	Message string
}

// The kinds of faults, named as pydantic 2 names them.
const (
	typeInt     = "int_parsing"
	typeFloat   = "float_parsing"
	typeFinite  = "finite_number"
	typeAtLeast = "greater_than_equal"
	typeAtMost  = "less_than_equal"
	typeBool    = "bool_parsing"
	typeTime    = "datetime_from_date_parsing"
	typeEnum    = "enum"
	typeUnicode = "string_unicode"
	typeExtra   = "extra_forbidden"
	typeTooLong = "too_long"
	typeZone    = "time_zone"
	typeValue   = "value_error"
)

// maxQuoted is how many characters of a value or of an unknown parameter's name
// are repeated in a message: enough to recognise it, and a limit to what a
// request can make the answer carry.
const maxQuoted = 100

// NewFault makes a fault whose message ends on the value, cut and quoted. Both the value
// and the parameter's name may be whatever a client sent.
func NewFault(param, typ, message, value string) Fault {
	return Fault{Param: param, Type: typ, Message: message + " (got " + quote(value) + ")"}
}

// quote returns the value in double quotes, cut, with everything escaped that
// is not printable: control characters, text direction marks, invalid UTF-8.
func quote(value string) string {
	head, rest := cut(value)
	if rest {
		return strconv.Quote(head) + "…"
	}
	return strconv.Quote(head)
}

// cut returns the first maxQuoted characters of s and whether there are more. It
// looks at no more of s than that.
func cut(s string) (head string, more bool) {
	at := 0
	for range maxQuoted {
		if at == len(s) {
			return s, false
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at], at < len(s)
}

// Error lists all faults on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(ErrInvalid.Error())
	for i, f := range e.Faults {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		if slices.Contains(params[:], f.Param) {
			b.WriteString(f.Param)
		} else {
			b.WriteString(quote(f.Param))
		}
		b.WriteString(": ")
		b.WriteString(f.Message)
	}
	return b.String()
}

// Is reports whether target is ErrInvalid, or is ErrBadCursor and the cursor is
// among the faults.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrInvalid:
		return true
	case ErrBadCursor:
		return slices.ContainsFunc(e.Faults, func(f Fault) bool { return f.Param == paramCursor })
	}
	return false
}

// MarshalJSON returns the contract's body of an answer 422:
//
//	{"detail":[{"loc":["query","limit"],"msg":"…","type":"…"}]}
//
// The name of an unknown parameter is cut to its first 100 characters.
func (e *Error) MarshalJSON() ([]byte, error) {
	type detail struct {
		Loc  [2]string `json:"loc"`
		Msg  string    `json:"msg"`
		Type string    `json:"type"`
	}
	body := struct {
		Detail []detail `json:"detail"`
	}{Detail: make([]detail, len(e.Faults))}
	for i, f := range e.Faults {
		name, more := cut(f.Param)
		if more {
			name += "…"
		}
		body.Detail[i] = detail{Loc: [2]string{"query", name}, Msg: f.Message, Type: f.Type}
	}
	return json.Marshal(body)
}
