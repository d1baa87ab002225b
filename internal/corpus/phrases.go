package corpus

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed lang/*.txt
var langFiles embed.FS

// The notation of lang/*.txt:
//
//	# comment        a line that begins with "# "
//	[section]        begins a list of phrases; titles are drawn from [title]
//	a; b; c          phrases, the most frequent first, separated by ";" or line ends
//	@12 phrase gives a weight; then every phrase has one, by default 1.
//	                 Otherwise weights fall as 1/(rank+8).
//	{name}           a phrase from a section of this file, or else of en.txt, or else
//	                 what the maker of this name writes (makers.go)
//	{^name}          the same with the first letter in upper case
//	{-}              nothing
//	{} {{ }}         the characters {} { }
const plainZipfOffset = 8

// A section is a list of phrases to draw from.
type section struct {
	phrases []phrase
	pick    weighted
}

// A phrase is a sequence of parts. A part is text, or a section or a maker to call,
// with or without a capital.
type phrase []part

type part struct {
	text    string
	section *section
	maker   maker
	capital bool
}

// language is one compiled file.
type language map[string]*section

func (l language) must(name string) *section {
	s := l[name]
	if s == nil {
		panic("corpus: no section " + name)
	}
	return s
}

// languages compiles all files once; the result is immutable.
var languages = sync.OnceValue(func() map[string]language {
	english := mustCompile("en", nil)
	out := map[string]language{"en": english}
	for _, name := range []string{"de", "fr", "es", "pt", "tr", "pl", "vi", "ru", "zh", "ja", "ko", "ar", "el", "xx", "popular", "emoji"} {
		out[name] = mustCompile(name, english)
	}
	return out
})

func mustCompile(name string, fallback language) language {
	text, err := langFiles.ReadFile("lang/" + name + ".txt")
	if err != nil {
		panic(err) // the files are part of the program
	}
	l, err := compile(string(text), fallback)
	if err != nil {
		panic(fmt.Errorf("lang/%s.txt: %w", name, err))
	}
	return l
}

// compile reads one file. Sections may refer to each other in any order, so it first
// makes and then fills them.
func compile(text string, fallback language) (language, error) {
	type source struct {
		name  string
		lines []string
	}
	var sources []source
	l := language{}
	for line := range strings.Lines(text) {
		line = strings.Trim(line, "\n")
		switch name, isHeader := header(line); {
		case line == "" || strings.HasPrefix(line, "# "):
		case isHeader:
			if l[name] != nil {
				return nil, fmt.Errorf("section [%s] occurs twice", name)
			}
			l[name] = new(section)
			sources = append(sources, source{name: name})
		case len(sources) == 0:
			return nil, fmt.Errorf("text before the first section: %q", line)
		default:
			last := &sources[len(sources)-1]
			last.lines = append(last.lines, line)
		}
	}
	lookUp := func(name string) (part, bool) {
		if s := l[name]; s != nil {
			return part{section: s}, true
		}
		if s := fallback[name]; s != nil {
			return part{section: s}, true
		}
		m := makers[name]
		return part{maker: m}, m != nil
	}
	for _, src := range sources {
		if err := l[src.name].fill(src.lines, lookUp); err != nil {
			return nil, fmt.Errorf("section [%s]: %w", src.name, err)
		}
	}
	return l, nil
}

func header(line string) (name string, ok bool) {
	name, ok = strings.CutPrefix(line, "[")
	name, closed := strings.CutSuffix(name, "]")
	word := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == "" && name != ""
	return name, ok && closed && word
}

func (s *section) fill(lines []string, lookUp func(string) (part, bool)) error {
	var weights []uint64
	explicit := false
	for _, line := range lines {
		for text := range strings.SplitSeq(line, ";") {
			text = strings.Trim(text, " ")
			if text == "" {
				continue
			}
			weight := uint64(1)
			if number, rest, ok := strings.Cut(strings.TrimPrefix(text, "@"), " "); ok && text[0] == '@' {
				n, err := strconv.ParseUint(number, 10, 16)
				if err != nil {
					return fmt.Errorf("faulty weight in %q", text)
				}
				weight, text, explicit = n, rest, true
			}
			p, err := parsePhrase(text, lookUp)
			if err != nil {
				return err
			}
			weights = append(weights, weight)
			s.phrases = append(s.phrases, p)
		}
	}
	if len(s.phrases) == 0 {
		return fmt.Errorf("no phrases")
	}
	if !explicit {
		weights = zipf(len(s.phrases), plainZipfOffset)
	}
	s.pick = newWeighted(weights)
	return nil
}

func parsePhrase(text string, lookUp func(string) (part, bool)) (phrase, error) {
	var p phrase
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			p = append(p, part{text: literal.String()})
			literal.Reset()
		}
	}
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{}"):
			literal.WriteString("{}")
			rest = rest[2:]
		case strings.HasPrefix(rest, "{-}"):
			rest = rest[3:]
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			literal.WriteByte(rest[0])
			rest = rest[2:]
		case rest[0] == '{':
			name, after, ok := strings.Cut(rest[1:], "}")
			if !ok {
				return nil, fmt.Errorf("slot without end in %q", text)
			}
			name, capital := strings.CutPrefix(name, "^")
			slot, ok := lookUp(name)
			if !ok {
				return nil, fmt.Errorf("unknown slot {%s} in %q", name, text)
			}
			slot.capital = capital
			flush()
			p = append(p, slot)
			rest = after
		default:
			literal.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	return p, nil
}

// write appends one phrase of the section.
func (s *section) write(b []byte, d *dice) []byte {
	for _, part := range s.phrases[s.pick.draw(d)] {
		start := len(b)
		switch {
		case part.section != nil:
			b = part.section.write(b, d)
		case part.maker != nil:
			b = part.maker(b, d)
		default:
			b = append(b, part.text...)
		}
		if part.capital {
			b = capitalize(b, start)
		}
	}
	return b
}

// capitalize converts the letter at b[start:] to upper case if that takes as many
// bytes, as it does in all scripts used here.
func capitalize(b []byte, start int) []byte {
	r, size := utf8.DecodeRune(b[start:])
	if upper := unicode.ToUpper(r); size > 0 && utf8.RuneLen(upper) == size {
		utf8.EncodeRune(b[start:], upper)
	}
	return b
}
