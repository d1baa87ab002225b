package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// The values of small worlds: few, so that rows tie and filters hit. The last value
// of the lists that queries draw from occurs in no session.
var (
	tinyStates   = []string{"running", "completed", "failed", "Running", "", "no such state"}
	tinyChannels = []string{"web", "api", "agent_email", "", "a,b", "no such channel"}
	tinyTypes    = []string{"session", "video_session", "desktop_session", "", "no such type"}
	tinyTriggers = []string{"", "schedule", "api", "email", "no such trigger"}
	tinyApps     = []string{"", "app-1", "app-2", "app-3", "App-1", " app-1", "no such app"}
	tinySpaces   = []string{"", "ws-1", "ws-2", "no such workspace"}
	tinyAssets   = []string{"", "aop-1", "aop-2", "no such asset"}

	// tinyAlphabet has the parts of short titles and keywords: letters that fold to
	// others or to several, that compose, that have no case, or that mean something to
	// SQL, to patterns or to a tokenizer.
	tinyAlphabet = []string{
		"a", "a", "b", "A", "B", "ab", "ß", "ss", "SS", "ẞ", "é", "e\u0301", "É", "e", "\u0301", "σ", "ς", "Σ", "İ", "i", "I", "ı",
		"ﬁ", "ǅ", "K", "k", "ſ", "ŉ", "й", "И\u0306", "数", "据", "数据", "デ", "テ\u3099", "한", "\u1112\u1161\u11ab", "ب", "😀", "👍🏽", "👩‍💻",
		"ł", "ø", "ё", "Ё", "е", "и", "ﾊ", "ﾊﾟ", "パ", "Ｂ", "’", "…", "\u2011", "\ufe0f", "\u00ad", "ش\u064e", "ش", "ά", "α",
		" ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u3000", "%", "_", "*", "\\", "\"", "'", "->", "-", ".", "0", "1", "\x00", "\U0001f1e9\U0001f1ea",
	}

	tinyTitles = []string{
		"", "", "a", "A", "b", "ab", "AB", "aB ab", "a b", "a  b", " a ", "b a", "straße", "STRASSE", "Strasse", "é", "e\u0301", "É", "Éa",
		"100%", "100", "a_b", "a-b", "数据", "昨晚的数据", "数", "😀", "😀😀", "Invoice review", "invoice REVIEW", "Bi-Weekly report",
		"weekly rep", "Café", "Łódź", "don’t", "\ufe0f", "ΟΔΥΣΣΕΥΣ", "Οδυσσευς", "İstanbul", "istanbul", "ISTANBUL", "ıstanbul",
	}

	tinyKeywords = []string{
		"a", "b", "ab", "A", "a b", "b a", "e", "é", "e\u0301", "ss", "ß", "STRASSE", "%", "_", "0", "数", "数据", "晚的", "😀", "voice", "weekly rep", "review in",
		"σ", "ς", "i", "İ", "ı", " a ", "\ta", "  ", "\n", "zzz", "->", "\\", "\u0301", "cafe", "lodz", "don't", "-", "\ufe0f", "パ", "ﾊ", "е", "a\u3000b", "voice rev",
	}

	// tinyTimes are instants that queries ask for too. The year 1 and the
	// year 9999 do not fit 64 bits of nanoseconds.
	tinyTimes = []time.Time{
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 1, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 1, 0, time.UTC),
		time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2026, 3, 1, 1, 0, 0, 0, time.FixedZone("", 3600)), // the same instant as the first one
		time.Date(2025, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*3600)),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}

	tinyExtras = []string{"", "", `{"a":1}`, `{"thread_id":"t","session_status_v2":null,"num_messages":1.5}`, `{"total_cost_usd":0.10,"agent":{"name":"é\u00e9","model":null}}`, `{ "b" : [ ] }`}
)

// TinyIDs is the minimum number of ids that Tiny draws from.
const TinyIDs = 96

// Tiny returns n sessions of a small world: few values, many ties, odd letters. The ids
// of one call are distinct, so that it is a valid batch. They are drawn from TinyIDs
// ids, or 2n if that is more, so that the sessions of a later call replace many from an
// earlier one.
func Tiny(rng *rand.Rand, n int) []sessiondex.Session {
	out := make([]sessiondex.Session, 0, max(n, 0))
	space := max(TinyIDs, 2*n)
	used := make(map[int]bool, cap(out))
	for len(out) < n {
		number := rng.IntN(space)
		if used[number] {
			continue
		}
		used[number] = true
		out = append(out, tinySession(rng, number, space))
	}
	return out
}

// TinyID returns one of the ids of small worlds. Some differ in case or normalisation
// only, since ids are opaque.
func TinyID(number int) string {
	switch number % 8 {
	case 0:
		return fmt.Sprintf("S-%03d", number)
	case 1:
		return fmt.Sprintf("s-%03d", number-1)
	case 2:
		return fmt.Sprintf("é%d", number)
	case 3:
		return fmt.Sprintf("e\u0301%d", number-1)
	case 4:
		return fmt.Sprint(number)
	case 5:
		return fmt.Sprintf("数据/%d?", number)
	case 6:
		return fmt.Sprintf(" %d ", number)
	}
	return fmt.Sprintf("%d-%s", number, strings.Repeat("long", 40))
}

func tinySession(rng *rand.Rand, number, space int) sessiondex.Session {
	s := sessiondex.Session{
		ID:            TinyID(number),
		Title:         tinyTitle(rng),
		State:         known(rng, tinyStates),
		SourceChannel: known(rng, tinyChannels),
		SessionType:   known(rng, tinyTypes),
		AppID:         known(rng, tinyApps),
		WorkspaceID:   known(rng, tinySpaces),
		CreatedAt:     pick(rng, tinyTimes),
		UpdatedAt:     pick(rng, tinyTimes),
		Extra:         pick(rng, tinyExtras),
	}
	// The flags are facts of their own: they need not agree with the other members.
	if rng.IntN(4) == 0 {
		s.IsSubSession = true
		s.ParentSessionID = TinyID(rng.IntN(space))
	}
	if rng.IntN(4) == 0 {
		s.IsTaskSession = true
		s.AOPAssetID = known(rng, tinyAssets)
		s.TriggerType = known(rng, tinyTriggers)
	}
	switch rng.IntN(20) {
	case 0:
		s.ParentSessionID = TinyID(rng.IntN(space))
	case 1:
		s.AOPAssetID = known(rng, tinyAssets)
	case 2:
		s.TriggerType = known(rng, tinyTriggers)
	}
	return s
}

// tinyTitle returns a well-known title, or some letters, or rarely many of them.
func tinyTitle(rng *rand.Rand) string {
	switch p := rng.IntN(20); {
	case p < 10:
		return pick(rng, tinyTitles)
	case p < 19:
		return letters(rng, 1+rng.IntN(6))
	}
	return letters(rng, 100+rng.IntN(200))
}

func letters(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pick(rng, tinyAlphabet))
	}
	return b.String()
}

// RandomQuery returns a valid query over small worlds. It sets every field but Cursor
// and Scope. Half of the queries have one or two filters, since more filters leave few
// matches.
func RandomQuery(rng *rand.Rand) query.Query {
	q := query.Query{
		IncludeSubSessions:  rng.IntN(2) == 0,
		IncludeTaskSessions: rng.IntN(2) == 0,
		SortBy:              pick(rng, []query.SortField{"", query.UpdatedAt, query.CreatedAt, query.Title}),
		SortDirection:       pick(rng, []query.Direction{"", query.Desc, query.Asc}),
		Match:               pick(rng, []query.Match{"", query.MatchPhrase, query.MatchAllTerms}),
		Limit:               pick(rng, []int{0, 1, 2, 3, 7, 10, 49, 50, 51, 499, query.MaxLimit, 1 + rng.IntN(query.MaxLimit)}),
		Offset:              pick(rng, []int{0, 0, 0, 0, 1, 2, 5, 20, 63, 64, 65, rng.IntN(200), 100_000, math.MaxInt}),
	}
	odds := pick(rng, []int{2, 4, 10, 10}) // one filter in this many is set
	set := func() bool { return rng.IntN(odds) == 0 }
	if set() {
		q.Keyword = tinyKeyword(rng)
	}
	if set() {
		q.States = tinyList(rng, tinyStates)
	}
	if set() {
		q.SourceChannels = tinyList(rng, tinyChannels)
	}
	if set() {
		q.SessionTypes = tinyList(rng, tinyTypes)
	}
	if set() && rng.IntN(2) == 0 {
		q.TriggerTypes = tinyList(rng, tinyTriggers)
	}
	if set() {
		q.AppID = pick(rng, tinyApps)
	}
	if set() {
		q.WorkspaceID = pick(rng, tinySpaces)
	}
	if set() && rng.IntN(2) == 0 {
		q.AOPAssetID = pick(rng, tinyAssets)
	}
	if set() {
		q.CreatedAfter = pick(rng, tinyTimes)
	}
	if set() {
		q.CreatedBefore = pick(rng, tinyTimes)
	}
	return q
}

// RandomlyNarrowed sometimes adds to a query conditions that the contract does not
// have: on the update, the kind, the parent and the ids.
func RandomlyNarrowed(rng *rand.Rand, q query.Query) query.Query {
	set := func() bool { return rng.IntN(5) == 0 }
	if set() {
		q.UpdatedAfter = pick(rng, tinyTimes)
	}
	if set() {
		q.UpdatedBefore = pick(rng, tinyTimes)
	}
	if set() {
		for range 1 + rng.IntN(3) {
			q.Kinds = append(q.Kinds, pick(rng, []query.Kind{query.TopLevel, query.SubSession, query.TaskRun, query.Both}))
		}
	}
	if once := set(); once && set() {
		q.ParentSessionID = TinyID(rng.IntN(TinyIDs))
	}
	if set() {
		for range 1 + rng.IntN(40) {
			q.IDs = append(q.IDs, TinyID(rng.IntN(2*TinyIDs)))
		}
	}
	if set() {
		id := TinyID(rng.IntN(TinyIDs))
		q.IDPrefix = strings.ToValidUTF8(id[:rng.IntN(len(id)+1)], "")
	}
	return q
}

// tinyKeyword returns a well-known keyword, a few letters, or several terms.
func tinyKeyword(rng *rand.Rand) string {
	switch rng.IntN(5) {
	case 0, 1:
		return pick(rng, tinyKeywords)
	case 2:
		return pick(rng, tinyTitles)
	case 3:
		return letters(rng, 1+rng.IntN(3))
	}
	return pick(rng, tinyKeywords) + " " + pick(rng, tinyKeywords)
}

// tinyList returns 0 to 3 values, unknown, blank, padded and repeated ones among them.
func tinyList(rng *rand.Rand, values []string) []string {
	var out []string
	for range rng.IntN(4) {
		value := pick(rng, values)
		if rng.IntN(8) == 0 {
			value = " " + value + "\t"
		}
		out = append(out, value)
	}
	return slices.Clip(out)
}

func pick[T any](rng *rand.Rand, values []T) T { return values[rng.IntN(len(values))] }

// known picks a value that sessions may have: any except the last.
func known(rng *rand.Rand, values []string) string { return pick(rng, values[:len(values)-1]) }
