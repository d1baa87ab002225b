package index

import (
	"context"
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// WordSearch finds texts by words. A View has one unless the search is turned off, and
// indexes of the rows that were searched. Package words implements these interfaces.
type WordSearch interface {
	// Keyword analyses a keyword; see words.Analyser.
	Keyword(text string, typing, typos bool) WordKeyword
	// Nearest returns words that occur in the texts, the nearest to word first; it
	// analyses all texts.
	Nearest(texts iter.Seq[string], word string, n int) []string
	// Wanted is called by a search by words in a row that has no index yet. The search
	// does not wait for the index, so Wanted must not block.
	Wanted(row int)
}

// WordKeyword is an analysed keyword. It is safe for concurrent use.
type WordKeyword interface {
	// IsEmpty reports whether the keyword has no words, so that it matches nothing.
	IsEmpty() bool
	// Words returns how many different words the keyword has. Each costs a search.
	Words() int
	// Match reports whether a text has every word.
	Match(text string) bool
	// Missing describes the words that a text lacks.
	Missing(text string) []string
	// Ranges returns the matches as [start, end) byte offsets, in order; nil unless every
	// word matches.
	Ranges(text string) [][2]int
}

// WordIndex is the writer's side of an index of the texts of one row.
type WordIndex interface {
	// Apply applies a write and returns the texts of the next version; it must neither
	// fail nor wait for work in the background.
	Apply(changes []TitleChange) WordView
	// View returns the texts of the last write, in their newest form.
	View() WordView
}

// WordView answers searches by words in the texts of one row and version.
type WordView interface {
	// Search returns every ordinal whose text matches.
	Search(ctx context.Context, k WordKeyword) (set.Found, TitleStats, error)
	// Nearest returns words that occur in the texts, the nearest to word first.
	Nearest(ctx context.Context, word string, n int) ([]string, error)
	// Verify compares the index with the texts themselves; see shell.View.
	Verify(text func(ord uint32) string, universe int) error
}

// wordViews is the part of a View for the search by words. A write makes a new one.
type wordViews struct {
	search WordSearch // nil: turned off
	rows   []WordView // by row; nil: not indexed
}

// SetWords gives the writer the search by words, or none.
func (w *Writer) SetWords(s WordSearch) {
	w.words = make([]WordIndex, w.cur.layout.schema.Len())
	v := *w.cur
	v.words = wordViews{s, make([]WordView, len(w.words))}
	w.cur = &v
}

// IndexWords begins to index the texts of a row of type text, and returns a view with
// the current view's sessions and the index. It adds all texts, some 0.2 µs each, which
// are then indexed in the background.
func (w *Writer) IndexWords(row int, x WordIndex) *View {
	if w.words[row] != nil {
		return w.cur
	}
	v := *w.cur
	var changes []TitleChange
	for ord := range v.limit {
		if s := v.slots.get(ord); s != nil && s.used() {
			if text := v.layout.wordText(s, row); text != "" {
				changes = append(changes, TitleChange{Ord: ord, Text: text})
			}
		}
	}
	w.words[row] = x
	v.words.rows = slices.Clone(v.words.rows)
	v.words.rows[row] = x.Apply(changes)
	w.cur = &v
	return w.cur
}

// wordText returns the text of a row that is searched by words.
func (l *layout) wordText(s *slot, row int) string {
	if row == schema.RowTitle {
		_, title, _ := splitText(s.text)
		return title
	}
	text, _ := s.stored(&l.rows[row])
	return text
}

// applyWords updates the indexes of words after a write. changes yields ordinals with
// their slots before and after, nil for a free one.
func (w *Writer) applyWords(next *View, changes func(yield func(ord uint32, was, is *slot))) {
	var rows []WordView
	for row, x := range w.words {
		if x == nil {
			continue
		}
		var edits []TitleChange
		changes(func(ord uint32, was, is *slot) {
			var before, after string
			if was != nil && was.used() {
				before = next.layout.wordText(was, row)
			}
			if is != nil && is.used() {
				after = next.layout.wordText(is, row)
			}
			if before != after {
				edits = append(edits, TitleChange{Ord: ord, Text: after})
			}
		})
		if rows == nil {
			rows = slices.Clone(next.words.rows)
		}
		if len(edits) > 0 {
			rows[row] = x.Apply(edits)
		} else {
			rows[row] = x.View()
		}
	}
	if rows != nil {
		next.words.rows = rows
	}
}

// refreshWords puts the newest form of the indexes of words into a view.
func (w *Writer) refreshWords(v *View) {
	w.applyWords(v, func(func(uint32, *slot, *slot)) {})
}

// Words returns the search by words; nil if it is turned off.
func (v *View) Words() WordSearch { return v.words.search }

// WordsIndexed returns the index of the words of a row; nil if there is none.
func (v *View) WordsIndexed(row int) WordView {
	if v.words.rows == nil {
		return nil
	}
	return v.words.rows[row]
}

// WordText returns the text of a session in use in a row that is searched by words.
func (v *View) WordText(row int, ord uint32) string { return v.layout.wordText(v.slots.at(ord), row) }

// SearchWords returns every ordinal whose text in a row matches the keyword. If the row
// has no index, it requests one and analyses every text itself.
func (v *View) SearchWords(ctx context.Context, row int, k WordKeyword) (set.Found, TitleStats, error) {
	if k.IsEmpty() {
		return set.Found{}, TitleStats{}, ctx.Err()
	}
	if x := v.WordsIndexed(row); x != nil {
		return x.Search(ctx, k)
	}
	v.words.search.Wanted(row)
	const paced = 16 << 10 // bytes between checks of the context
	var list []uint32
	scanned, read := 0, paced
	for ord := range v.limit {
		s := v.slots.get(ord)
		if s == nil || !s.used() {
			continue
		}
		text := v.layout.wordText(s, row)
		if text == "" {
			continue
		}
		if read += len(text) + 16; read >= paced {
			read = 0
			if err := ctx.Err(); err != nil {
				return set.Found{}, TitleStats{Scanned: scanned}, err
			}
		}
		scanned++
		if k.Match(text) {
			list = append(list, ord)
		}
	}
	return set.FoundOf(list, v.Limit()), TitleStats{Scanned: scanned}, nil
}

// NearestWords returns words that occur in the texts of a row, the nearest to word
// first. If the row has no index, it requests one and analyses every text itself.
func (v *View) NearestWords(ctx context.Context, row int, word string, n int) ([]string, error) {
	if x := v.WordsIndexed(row); x != nil {
		return x.Nearest(ctx, word, n)
	}
	v.words.search.Wanted(row)
	near := v.words.search.Nearest(func(yield func(string) bool) {
		for ord := range v.limit {
			if s := v.slots.get(ord); s != nil && s.used() {
				if ctx.Err() != nil || !yield(v.layout.wordText(s, row)) {
					return
				}
			}
		}
	}, word, n)
	return near, ctx.Err()
}

// words compares the indexes of words with the sessions.
func (c *checker) words(v *View) {
	for row, x := range v.words.rows {
		if x == nil {
			continue
		}
		err := x.Verify(func(ord uint32) string {
			if s := v.slots.get(ord); s != nil && s.used() {
				return v.layout.wordText(s, row)
			}
			return ""
		}, v.Limit())
		if err != nil {
			c.addf("words of %s: %w", v.layout.rows[row].Name, err)
		}
	}
}

// WordText returns the text of an entry in a row that is searched by words. An entry to
// be put has only its title.
func (e *Entry) WordText(row int) string {
	if row == schema.RowTitle {
		return e.Title
	}
	text, _ := e.Members.payload(row)
	return text
}
