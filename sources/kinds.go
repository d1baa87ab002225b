package sources

import "strings"

// kinds returns the set of names, which are separated by white space.
func kinds(names string) map[string]bool {
	m := make(map[string]bool)
	for _, name := range strings.Fields(names) {
		m[name] = true
	}
	return m
}

// unknowns returns a function that reports each unknown kind of record to
// Options.Unknown, once per item.
func unknowns(o *Options, it Item, known map[string]bool) func(kind string) {
	if o.Unknown == nil {
		return func(string) {}
	}
	told := make(map[string]bool)
	return func(kind string) {
		if !known[kind] && !told[kind] {
			told[kind] = true
			o.Unknown(it.Path, kind)
		}
	}
}
