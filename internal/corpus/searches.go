package corpus

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/schema"
)

// Search is a query, in the parameters of the endpoint, and the titles of all its matches,
// in any order. Tests run the tables of searches through the library, the endpoint and the
// command.
type Search struct {
	Params string
	Found  []string
}

// Preview is the text field that SearchedSessions have in addition to their titles.
var Preview = schema.Field{Name: "preview", Member: "last_message_preview", Type: schema.Text}

var searchedTitles = []string{
	"", "Café", "Invoice review", "Invoices sent", "Don’t panic", "Łódź trip", "İstanbul", "パソコン入門", "Новогодняя ёлка", "Мой йод",
	"昨晚的数据", "Weekly report of sales", "Große Straße", "Søren Đorđe Ægir", "ＡＰＩ ﬁle ①", "co‑operate – now", "in\u00advoi\u200bce",
	"Μαΐου", "שָׁלוֹם", "مُحَمَّد", "हिन्दी में", "ภาษาไทย", "か", "が", "보고서를 작성", "cat", "word", "strange", "handover", "100% of it", "Notes",
}

const searchedPreview = "the invoice of Łódź was paid yesterday"

// SearchedSessions returns the sessions to search: one for each title. The one titled
// "Notes" has a text in the Preview.
func SearchedSessions() []sessiondex.Session {
	out := make([]sessiondex.Session, len(searchedTitles))
	for i, title := range searchedTitles {
		at := time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC)
		out[i] = sessiondex.Session{ID: fmt.Sprintf("t%02d", i), Title: title, CreatedAt: at, UpdatedAt: at}
		if title == "Notes" {
			b, _ := json.Marshal(map[string]string{Preview.Member: searchedPreview})
			out[i].Extra = string(b)
		}
	}
	return out
}

// WordSearches are searches by words, with the default analyser.
var WordSearches = []Search{
	{"match=words&query=cafe", []string{"Café"}},
	{"match=words&query=CAFE%CC%81", []string{"Café"}},
	{"match=words&query=invioce", nil},
	{"match=words&query=invioce&typos=true", []string{"Invoice review", "in\u00advoi\u200bce"}},
	{"match=words&query=don't", []string{"Don’t panic"}},
	{"match=words&query=lodz", []string{"Łódź trip"}},
	{"match=words&query=istanbul", []string{"İstanbul"}},
	{"match=words&query=ISTANBUL", []string{"İstanbul"}},
	{"match=words&query=ﾊﾟｿｺﾝ", []string{"パソコン入門"}},
	{"match=words&query=елка", []string{"Новогодняя ёлка"}},
	{"match=words&query=ЁЛКА", []string{"Новогодняя ёлка"}},
	{"match=words&query=мои", nil}, // й is a letter
	{"match=words&query=МОЙ", []string{"Мой йод"}},
	{"match=words&query=grosse+strasse", []string{"Große Straße"}},
	{"match=words&query=soren+dorde+aegir", []string{"Søren Đorđe Ægir"}},
	{"match=words&query=api+file+1", []string{"ＡＰＩ ﬁle ①"}},
	{"match=words&query=co-operate", []string{"co‑operate – now"}},
	{"match=words&query=μαιου", []string{"Μαΐου"}},
	{"match=words&query=שלום", []string{"שָׁלוֹם"}},
	{"match=words&query=محمد", []string{"مُحَمَّد"}},
	{"match=words&query=हिन्दी", []string{"हिन्दी में"}},
	{"match=words&query=हनद", nil}, // vowels are letters
	{"match=words&query=か", []string{"か"}},
	{"match=words&query=が", []string{"が"}},

	// Scripts without spaces between words: one character, and adjacent ones in their
	// order.
	{"match=words&query=晚", []string{"昨晚的数据"}},
	{"match=words&query=昨晚", []string{"昨晚的数据"}},
	{"match=words&query=晚昨", nil},
	{"match=words&query=数据+昨晚", []string{"昨晚的数据"}},
	{"match=words&query=ไทย", []string{"ภาษาไทย"}},
	{"match=words&query=보고서", []string{"보고서를 작성"}},

	// Every word must match whole, in any order; punctuation is not a word.
	{"match=words&query=sales+weekly", []string{"Weekly report of sales"}},
	{"match=words&query=sales+monthly", nil},
	{"match=words&query=week", nil},
	{"match=words&query=100", []string{"100% of it"}},
	{"match=words&query=->", nil},

	// The last word while it is typed.
	{"match=words&query=weekly+sal&typing=true", []string{"Weekly report of sales"}},
	{"match=words&query=sal+weekly&typing=true", nil},
	{"match=words&query=sales+week&typing=true", []string{"Weekly report of sales"}},
	{"match=words&query=昨&typing=true", []string{"昨晚的数据"}},

	// Typos: none up to 3 letters, one from 4 on, two from 8 on, in runes of the analysed
	// word; swapping two adjacent ones counts as one.
	{"match=words&query=hte&typos=true", nil},
	{"match=words&query=cta&typos=true", nil},
	{"match=words&query=wrod&typos=true", []string{"word"}},
	{"match=words&query=wo&typos=true", nil},
	{"match=words&query=sword&typos=true", []string{"word"}},
	{"match=words&query=swords&typos=true", nil},
	{"match=words&query=stragne&typos=true", []string{"strange"}},
	{"match=words&query=stagne&typos=true", nil},
	{"match=words&query=hadnvoer&typos=true", []string{"handover"}},
	{"match=words&query=handovre&typos=true", []string{"handover"}},
	{"match=words&query=hadnvore&typos=true", nil}, // three
	{"match=words&query=новогодня&typos=true", []string{"Новогодняя ёлка"}},
	{"match=words&query=ноовгодянй&typos=true", nil},
	{"match=words&query=елак&typos=true", []string{"Новогодняя ёлка"}},
	{"match=words&query=strase&typos=true", []string{"Große Straße"}}, // of strasse
	{"match=words&query=wekly+reprot&typos=true", []string{"Weekly report of sales"}},

	// Both: the last word matches in either way.
	{"match=words&query=wekly+sal&typing=true&typos=true", []string{"Weekly report of sales"}},
	{"match=words&query=wekly+salse&typing=true&typos=true", []string{"Weekly report of sales"}},
	{"match=words&query=sal+wekly&typing=true&typos=true", nil},

	// Text fields, where they are asked for; all words in one of them.
	{"match=words&query=lodz+invoice&search_in=preview", []string{"Notes"}},
	{"match=words&query=lodz+trip&search_in=preview", nil},
	{"match=words&query=notes+paid&search_in=title,preview", nil},
	{"match=words&query=lodz&search_in=title,preview", []string{"Łódź trip", "Notes"}},
	{"match=words&query=yesterday", nil},
	{"match=words&query=paid+yestreday&search_in=preview&typos=true", []string{"Notes"}},
	{"match=words&query=paid+yest&search_in=preview&typing=true", []string{"Notes"}},
}

// LiteralSearches are literal searches where texts are folded by case.
var LiteralSearches = []Search{
	{"query=cafe", nil},
	{"query=CAFÉ", []string{"Café"}},
	{"query=invoice+of", nil}, // it is in a preview
	{"query=25", nil},
	{"query=100%25", []string{"100% of it"}},
	{"query=straße", []string{"Große Straße"}},
	{"query=STRASSE", []string{"Große Straße"}},
	{"query=nvoi", []string{"Invoice review", "Invoices sent"}},
	{"query=晚的", []string{"昨晚的数据"}},
	{"query=%EF%B8%8F", nil}, // a selector of variations, alone
}

// LooseSearches are literal searches where texts are folded loosely.
var LooseSearches = []Search{
	{"query=cafe", []string{"Café"}},
	{"query=afé", []string{"Café"}},
	{"query=odz+tr", []string{"Łódź trip"}},
	{"query=don't+pan", []string{"Don’t panic"}},
	{"query=stanbul", []string{"İstanbul"}},
	{"query=ISTAN", []string{"İstanbul"}},
	{"query=ﾊﾟｿ", []string{"パソコン入門"}},
	{"query=елка", []string{"Новогодняя ёлка"}},
	{"query=мои", nil},
	{"query=se+stras", []string{"Große Straße"}},
	{"query=oren+dor", []string{"Søren Đorđe Ægir"}},
	{"query=pi+file+1", []string{"ＡＰＩ ﬁle ①"}},
	{"query=o-operate+-+n", []string{"co‑operate – now"}},
	{"query=nvoice", []string{"Invoice review", "Invoices sent", "in\u00advoi\u200bce"}},
	{"query=nvoice+sent&match=all_terms", []string{"Invoices sent"}},
	{"query=sent+ïnv&match=all_terms", []string{"Invoices sent"}},
	{"query=αιο", []string{"Μαΐου"}},
	{"query=שלו", []string{"שָׁלוֹם"}},
	{"query=حمد", []string{"مُحَمَّد"}},
	{"query=か", []string{"か"}},
	{"query=invioce", nil},
	{"query=cafe&match=words", []string{"Café"}},
}
