//go:build !js

package words

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// languages has, for each language, a text, its terms, and keywords that find it.
var languages = map[string]struct {
	text  string
	terms []string
	finds []string
}{
	"ar":  {"الفواتير والتقارير الأسبوعية", []string{"فواتير", "تقارير", "اسبوع"}, []string{"فواتير", "أسبوعية"}},
	"cjk": {"昨晚的会议 ﾊﾟｿｺﾝ 보고서 API", []string{"昨晚", "晚的", "的会", "会议", "パソ", "ソコ", "コン", "보고서", "api"}, []string{"昨晚", "パソコン", "Api"}},
	"ckb": {"ڕاپۆرتەکانی هەفتە", []string{"ڕاپۆرتەک", "هەفت"}, []string{"هەفتە"}},
	"da":  {"Regningerne blev sendt", []string{"regning", "send"}, []string{"regning", "REGNINGEN"}},
	"de":  {"Die Rechnungen der Häuser in der GROẞEN Straße", []string{"rechnung", "haus", "gross", "strass"}, []string{"Rechnung", "haus", "strasse", "große", "groß straßen"}},
	"en":  {"The invoices were sent quickly, John's reports on İstanbul", []string{"invoic", "sent", "quickli", "john", "report", "istanbul"}, []string{"invoice", "reporting", "John", "istanbul", "İSTANBUL"}},
	"es":  {"Las facturas enviadas a los clientes", []string{"factur", "enviad", "client"}, []string{"factura", "cliente"}},
	"fa":  {"گزارش\u200cهای هفتگی و فاکتورها", []string{"گزارش", "هفتگي", "فاكتورها"}, []string{"گزارش", "هفتگی"}},
	"fi":  {"Laskut lähetettiin asiakkaille", []string{"lasku", "lähetet", "asiak"}, []string{"lasku", "asiakkaille"}},
	"fr":  {"L'avion et les factures envoyées", []string{"avion", "factur", "envoy"}, []string{"facture", "l’avion", "envoye\u0301es"}},
	"hi":  {"बिलों की रिपोर्टें", []string{"बिल", "रिपोरट"}, []string{"बिल"}},
	"hr":  {"Računi su poslani kupcima", []string{"račun", "poslan", "kupc"}, []string{"račun"}},
	"hu":  {"A számlákat elküldtük", []string{"számla", "elküldt"}, []string{"SZA\u0301MLA\u0301KAT"}},
	"it":  {"Le fatture dell'azienda inviate", []string{"fattur", "aziend", "inviat"}, []string{"fattura", "azienda"}},
	"nl":  {"De rekeningen werden verzonden", []string{"reken", "werd", "verzond"}, []string{"rekening"}},
	"no":  {"Fakturaene ble sendt", []string{"faktura", "send"}, []string{"FAKTURAENE"}},
	"pl":  {"Faktury zostały wysłane klientom", []string{"faktura", "zostać", "wysłać", "klient"}, []string{"faktura", "KLIENTOM"}},
	"pt":  {"As faturas enviadas aos clientes", []string{"fatur", "enviad", "client"}, []string{"fatura", "cliente"}},
	"ro":  {"Facturile au fost trimise clienților", []string{"factur", "fost", "trim", "clienț"}, []string{"factura"}},
	"ru":  {"Отчёты и счета были отправлены", []string{"отчёт", "счет", "отправл"}, []string{"отчёт", "СЧЕТА"}},
	"sv":  {"Fakturorna skickades till kunderna", []string{"faktur", "skick", "kund"}, []string{"faktura", "kund"}},
	"tr":  {"Faturaların İstanbul'a gönderilmesi", []string{"fatura", "istanbul", "gönderilmes"}, []string{"faturalar", "istanbul", "İstanbul"}},
}

func TestLanguagesCutAndStem(t *testing.T) {
	for name, c := range languages {
		a, err := NewAnalyser(name)
		require.NoError(t, err, name)
		assert.Equal(t, c.terms, terms(a, c.text), name)
		for _, keyword := range c.finds {
			k := a.Keyword(keyword, false, false)
			assert.True(t, k.Match(c.text), "%s: %s", name, keyword)
		}
		for _, one := range a.tokens(c.text) {
			assert.Contains(t, terms(a, c.text[one.start:one.end]), one.term, "%s: a token stands for its bytes", name)
		}
	}
	_, err := NewAnalyser("klingon")
	assert.ErrorContains(t, err, "klingon")
}

func TestEveryLinkedLanguageIsTested(t *testing.T) {
	source, err := os.ReadFile("analyser.go")
	require.NoError(t, err)
	imported := regexp.MustCompile(`bleve/v2/analysis/lang/(\w+)`).FindAllStringSubmatch(string(source), -1)
	var names []string
	for _, m := range imported {
		names = append(names, m[1])
	}
	slices.Sort(names)
	for name := range languages {
		assert.Contains(t, names, name)
	}
	assert.Len(t, names, len(languages))
}

// Neither do case and composition make a difference.
func TestLanguagesSplitNoLetter(t *testing.T) {
	for name := range languages {
		a, err := NewAnalyser(name)
		require.NoError(t, err)
		for r := rune(0x80); r < 0x3000; r++ {
			if !unicode.IsLetter(r) {
				continue
			}
			for _, text := range []string{"x" + string(r) + "xyzzy", string(r)} {
				for _, one := range a.tokens(text) {
					if !utf8.ValidString(one.term) || one.start < 0 || one.end > len(text) || !utf8.ValidString(text[one.start:one.end]) {
						require.Failf(t, "taken apart", "%s: %U in %q gives %q at %d to %d", name, r, text, one.term, one.start, one.end)
					}
				}
			}
		}
		assert.Equal(t, terms(a, "xéyz"), terms(a, "XE\u0301YZ"), name)
	}
}
