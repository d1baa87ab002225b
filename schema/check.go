package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxName is the length of the longest name of a field, in bytes.
const maxName = 64

// Error lists the faults of declared fields.
type Error struct{ Faults []Fault }

// Fault is one fault of one field.
type Fault struct {
	Field   int    // its index among the declared fields
	Name    string // its Name
	Message string
}

// Error lists all faults on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("invalid fields")
	for i, f := range e.Faults {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%sfield %d (%.100q): %s", sep, f.Field, f.Name, f.Message)
	}
	return b.String()
}

// check finds every fault of the declared fields.
func check(fields []Field) (faults []Fault) {
	names := Reserved()
	first := make(map[string]int, len(fields))
	hidden := 0
	for i, f := range fields {
		fault := func(format string, args ...any) {
			faults = append(faults, Fault{Field: i, Name: f.Name, Message: fmt.Sprintf(format, args...)})
		}
		if message := checkName(f.Name); message != "" {
			fault("%s", message)
		} else if _, taken := slices.BinarySearch(names, f.Name); taken {
			fault("the name is reserved: it is a field or a parameter of the contract")
		} else if at, taken := first[f.Name]; taken {
			fault("field %d has the name too", at)
		} else {
			first[f.Name] = i
		}
		if message := checkMember(f.Path(), cmp.Or(f.Member, f.Name)); message != "" {
			fault("%s", message)
		}
		switch f.Type {
		case Keyword, Flag, Number, Time, Text:
			if f.Hidden && f.Type != Flag {
				fault("only a flag can be hidden, and this is a %s", f.Type)
			}
			if f.Sorted && (f.Type == Flag || f.Type == Text) {
				fault("a keyword, number or time can be sorted by, and this is a %s", f.Type)
			}
		default:
			fault("the type is none of keyword, flag, number, time and text (got %.100q)", f.Type)
		}
		if f.Hidden && f.Type == Flag {
			if hidden++; hidden > MaxHidden {
				fault("more than %d flags are hidden", MaxHidden)
			}
		}
	}
	return faults
}

func checkName(name string) (message string) {
	if name == "" || len(name) > maxName {
		return fmt.Sprintf("a name has 1 to %d characters, and this one %d", maxName, len(name))
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return "a name has ASCII letters, digits, \"_\", \"-\" and \".\", and begins with a letter or \"_\""
		}
	}
	return ""
}

func checkMember(path []string, member string) (message string) {
	if !utf8.ValidString(member) {
		return fmt.Sprintf("the member is not valid UTF-8 (got %.100q)", member)
	}
	if slices.Contains(path, "") && member != "" {
		return fmt.Sprintf("the member has an empty part (got %.100q)", member)
	}
	if isContractMember(path[0]) {
		return fmt.Sprintf("the member %.100q is the contract's", path[0])
	}
	return ""
}
