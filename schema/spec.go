package schema

import (
	"fmt"
	"strings"
)

// ParseField reads a field in the command's notation:
//
//	tags:keyword   archived:flag,hidden   cost=total_cost_usd:number,sorted
//
// A name, a member after "=" unless it equals the name, a type after the last ":", and
// marks after the type. ParseField checks the notation only; New checks the field.
func ParseField(s string) (Field, error) {
	bad := func(why string) (Field, error) {
		return Field{}, fmt.Errorf("field %.100q: %s; write name:type, or name=member:type,hidden,sorted", s, why)
	}
	at := strings.LastIndexByte(s, ':')
	if at < 0 {
		return bad("the type is missing")
	}
	var f Field
	f.Name, f.Member, _ = strings.Cut(s[:at], "=")
	kind, marks, marked := strings.Cut(s[at+1:], ",")
	f.Type = Type(kind)
	if !marked {
		return f, nil
	}
	for mark := range strings.SplitSeq(marks, ",") {
		switch mark {
		case "hidden":
			f.Hidden = true
		case "sorted":
			f.Sorted = true
		default:
			return bad(fmt.Sprintf("%.100q is no mark", mark))
		}
	}
	return f, nil
}

// String returns the form that ParseField reads.
func (f Field) String() string {
	var b strings.Builder
	b.WriteString(f.Name)
	if f.Member != "" && f.Member != f.Name {
		b.WriteString("=" + f.Member)
	}
	b.WriteString(":" + string(f.Type))
	if f.Hidden {
		b.WriteString(",hidden")
	}
	if f.Sorted {
		b.WriteString(",sorted")
	}
	return b.String()
}
