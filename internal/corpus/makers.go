package corpus

import "strconv"

// A maker appends text from an unbounded set: numbers, dates, names, identifiers.
type maker func(b []byte, d *dice) []byte

// makers has the makers by the name of their slot. init fills it, since some makers use
// others.
var makers map[string]maker

func init() {
	makers = map[string]maker{
		"n":    number,
		"n1":   func(b []byte, d *dice) []byte { return append(b, '1'+byte(d.below(9))) },
		"n2":   func(b []byte, d *dice) []byte { return appendTwo(b, d.between(1, 12)) },
		"q":    func(b []byte, d *dice) []byte { return append(b, 'Q', '1'+byte(d.below(4))) },
		"year": func(b []byte, d *dice) []byte { return strconv.AppendInt(b, int64(2026-d.byRank(2)), 10) },
		"date": date,
		"time": func(b []byte, d *dice) []byte {
			return appendTwo(append(appendTwo(b, d.below(24)), ':'), 5*d.below(12))
		},
		"percent": func(b []byte, d *dice) []byte { return append(strconv.AppendInt(b, int64(d.between(1, 100)), 10), '%') },
		"money":   money,
		"port":    func(b []byte, d *dice) []byte { return strconv.AppendInt(b, int64(ports[d.byRank(4)]), 10) },
		"version": version,
		"ticket":  ticket,
		"hash":    func(b []byte, d *dice) []byte { return appendHex(b, d.bits64(), 7) },
		"uuid":    func(b []byte, d *dice) []byte { return appendUUID(b, d.bits64(), d.bits64()) },
		"word":    func(b []byte, d *dice) []byte { return appendName(b, d.byRank(22)) },
		"product": product,
		"ident":   ident,
		"snake":   func(b []byte, d *dice) []byte { return joined(b, d, '_', d.between(1, 3)) },
		"slug":    func(b []byte, d *dice) []byte { return joined(b, d, '-', d.between(1, 3)) },
		"file":    file,
		"path":    path,
		"url":     url,
	}
}

var (
	ports      = [...]int{8080, 443, 3000, 5432, 80, 8000, 6379, 9090, 5000, 27017, 9200, 8443, 4200, 1883, 22}
	extensions = [...]string{"pdf", "csv", "xlsx", "docx", "py", "go", "ts", "json", "png", "md", "sql", "tsx", "java", "yaml", "txt",
		"zip", "pptx", "html", "log", "mp4", "rs", "cpp", "ipynb", "toml", "svg", "xml", "sh", "c", "parquet", "wav", "kt"}
	codeWords = [...]string{"get", "user", "id", "data", "list", "set", "session", "name", "value", "index", "item", "count", "request", "is",
		"response", "handler", "update", "file", "config", "key", "new", "parse", "error", "state", "type", "node", "buffer", "cache",
		"event", "token", "path", "time", "load", "create", "order", "query", "page", "result", "map", "string", "total", "client",
		"max", "row", "table", "test", "render", "service", "invoice", "by", "to", "from", "size", "url", "view", "date", "lock",
		"batch", "job", "worker", "stream", "message", "context", "price", "tmp"}
	domains  = [...]string{"com", "org", "io", "de", "dev", "net", "co.uk", "ai", "fr", "app", "jp", "com.br", "edu", "eu", "cn"}
	projects = [...]string{"PROJ", "OPS", "WEB", "API", "BUG", "INC", "ENG", "DATA", "MOB", "SEC", "HR", "FIN", "JIRA-X", "UX", "QA"}
	onsets   = [...]string{"b", "k", "m", "t", "s", "l", "n", "v", "r", "d", "z", "f", "p", "g", "h", "br", "st", "tr", "cl", "qu", "sh", "fl", "gr", "pl", "y", "w"}
	vowels   = [...]string{"a", "o", "i", "e", "u", "a", "e", "io", "ai", "ee", "ou"}
	codas    = [...]string{"", "", "", "n", "", "r", "l", "x", "", "s", "m", "nt"}
)

func number(b []byte, d *dice) []byte {
	switch p := d.below(10); {
	case p < 4:
		return strconv.AppendInt(b, int64(d.between(1, 99)), 10)
	case p < 8:
		return strconv.AppendInt(b, int64(d.between(100, 9999)), 10)
	}
	return strconv.AppendInt(b, int64(d.between(10_000, 9_999_999)), 10)
}

func date(b []byte, d *dice) []byte {
	year, month, day := 2026-d.below(2), d.between(1, 12), d.between(1, 28)
	switch p := d.below(10); {
	case p < 6:
		return appendTwo(append(appendTwo(append(strconv.AppendInt(b, int64(year), 10), '-'), month), '-'), day)
	case p < 8:
		return strconv.AppendInt(append(appendTwo(append(appendTwo(b, day), '.'), month), '.'), int64(year), 10)
	}
	return appendTwo(append(appendTwo(append(appendTwo(b, month), '/'), day), '/'), year%100)
}

func money(b []byte, d *dice) []byte {
	amount := int64(d.byRank(14) + 1)
	switch d.below(4) {
	case 0:
		return strconv.AppendInt(append(b, '$'), amount, 10)
	case 1:
		return append(strconv.AppendInt(b, amount, 10), " €"...)
	case 2:
		return append(appendTwo(append(strconv.AppendInt(b, amount, 10), '.'), d.below(100)), " EUR"...)
	}
	return strconv.AppendInt(append(b, "£"...), amount, 10)
}

func version(b []byte, d *dice) []byte {
	if d.chance(300) {
		b = append(b, 'v')
	}
	b = strconv.AppendInt(b, int64(d.byRank(5)), 10)
	b = strconv.AppendInt(append(b, '.'), int64(d.byRank(5)), 10)
	if d.chance(600) {
		b = strconv.AppendInt(append(b, '.'), int64(d.byRank(5)), 10)
	}
	if d.chance(60) {
		b = append(append(b, "-rc"...), '1'+byte(d.below(4)))
	}
	return b
}

func ticket(b []byte, d *dice) []byte {
	b = append(append(b, projects[d.byRank(4)]...), '-')
	return strconv.AppendInt(b, int64(d.between(1, 49_999)), 10)
}

// appendName appends the name of a rank: syllables, fewer for frequent names. It is
// the unbounded part of the vocabulary.
func appendName(b []byte, rank int) []byte {
	bits := mix(uint64(rank) + 0x5eed)
	next := func(n int) int {
		i := int(bits % uint64(n))
		bits /= uint64(n)
		return i
	}
	syllables := 2
	if rank > 3000 {
		syllables = 3
	}
	for range syllables {
		b = append(b, onsets[next(len(onsets))]...)
		b = append(b, vowels[next(len(vowels))]...)
		b = append(b, codas[next(len(codas))]...)
	}
	return b
}

func product(b []byte, d *dice) []byte {
	start := len(b)
	b = capitalize(appendName(b, d.byRank(16)), start)
	switch p := d.below(20); {
	case p == 0:
		b = append(b, "Flow"...)
	case p == 1:
		b = append(b, ".io"...)
	case p == 2:
		b = strconv.AppendInt(append(b, ' '), int64(d.between(1, 12)), 10)
	case p == 3:
		b = append(b, " Pro"...)
	}
	return b
}

// codeWord appends a word for identifiers; some are specific to one program.
func codeWord(b []byte, d *dice) []byte {
	if d.chance(150) {
		return appendName(b, d.byRank(16))
	}
	return append(b, codeWords[d.byRank(6)]...)
}

func ident(b []byte, d *dice) []byte {
	switch d.below(5) {
	case 0:
		return joined(b, d, '_', 2)
	case 1:
		b = codeWord(b, d)
		return append(codeWord(append(b, '.'), d), "()"...)
	}
	camel := d.chance(600)
	for i := range d.between(2, 3) {
		start := len(b)
		if b = codeWord(b, d); i > 0 || !camel {
			b = capitalize(b, start)
		}
	}
	return b
}

func joined(b []byte, d *dice, separator byte, words int) []byte {
	for i := range words {
		if i > 0 {
			b = append(b, separator)
		}
		b = codeWord(b, d)
	}
	return b
}

func file(b []byte, d *dice) []byte {
	separator := byte('_')
	if d.chance(400) {
		separator = '-'
	}
	b = joined(b, d, separator, d.between(1, 3))
	switch d.below(5) {
	case 0:
		b = strconv.AppendInt(append(b, separator), int64(2026-d.byRank(2)), 10)
	case 1:
		b = number(append(b, separator), d)
	case 2:
		b = append(append(b, " ("...), '1'+byte(d.below(9)), ')')
	}
	return append(append(b, '.'), extensions[d.below(len(extensions))]...)
}

func path(b []byte, d *dice) []byte {
	for range d.between(2, 4) {
		b = codeWord(append(b, '/'), d)
	}
	return b
}

func url(b []byte, d *dice) []byte {
	b = append(b, "https://"...)
	if d.chance(400) {
		b = append(b, "www."...)
	}
	b = append(appendName(b, d.byRank(14)), '.')
	b = append(b, domains[d.below(len(domains))]...)
	if d.chance(700) {
		b = path(b, d)
	}
	if d.chance(200) {
		b = number(append(codeWord(append(b, '?'), d), '='), d)
	}
	return b
}

func appendTwo(b []byte, n int) []byte { return append(b, '0'+byte(n/10%10), '0'+byte(n%10)) }

const hexDigits = "0123456789abcdef"

// appendHex appends the low digits of x, the most significant first.
func appendHex(b []byte, x uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, hexDigits[x>>(4*i)&15])
	}
	return b
}

// appendUUID appends 122 of the bits as a UUID of version 4.
func appendUUID(b []byte, hi, lo uint64) []byte {
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	b = append(appendHex(b, hi>>32, 8), '-')
	b = append(appendHex(b, hi>>16, 4), '-')
	b = append(appendHex(b, hi, 4), '-')
	b = append(appendHex(b, lo>>48, 4), '-')
	return appendHex(b, lo, 12)
}
