package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// titlesFile returns a file of sessions with these titles and the ids t0, t1 and so on.
func titlesFile(t *testing.T, titles ...string) string {
	t.Helper()
	var b strings.Builder
	for i, title := range titles {
		b.WriteString(`{"id":"t` + string(rune('0'+i)) + `","title":"` + title + `","last_message_preview":"about ` + title + ` again","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\n")
	}
	path := filepath.Join(t.TempDir(), "titles.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func TestWordsOnTheCommandLine(t *testing.T) {
	file := titlesFile(t, "Café", "Invoice review", "Don’t panic", "Łódź", "İstanbul", "パソコン", "Новая ёлка", "昨晚的数据", "Invoices sent")
	for _, c := range []struct {
		flags []string
		id    string
	}{
		{[]string{"cafe"}, "t0"}, {[]string{"invioce review", "--typos"}, "t1"}, {[]string{"review invo", "--typing"}, "t1"}, {[]string{"don't"}, "t2"},
		{[]string{"lodz"}, "t3"}, {[]string{"istanbul"}, "t4"}, {[]string{"ﾊﾟｿｺﾝ"}, "t5"}, {[]string{"елка"}, "t6"}, {[]string{"晚"}, "t7"},
		{[]string{"sent invoice", "--words", "en"}, "t8"},
		{[]string{"again cafe", "--field", "preview=last_message_preview:text", "--search-in", "preview"}, "t0"},
	} {
		status, out, errs := cli(t, "", append([]string{"list", "--data", file, "--format", "jsonl", "--match", "words", "--query"}, c.flags...)...)
		require.Equal(t, 0, status, "%v: %s", c.flags, errs)
		assert.Equal(t, 1, strings.Count(out, "\n"), "%v: %s", c.flags, out)
		assert.Contains(t, out, `"id":"`+c.id+`"`, "%v", c.flags)
	}
	status, _, errs := cli(t, "", "list", "--data", file, "--words", "klingon")
	assert.NotZero(t, status)
	assert.Contains(t, errs, "klingon")
}

func TestAKeywordThatFindsNothingGetsSuggestions(t *testing.T) {
	file := titlesFile(t, "Invoice review", "Invoice of May", "Voice call")
	_, out, _ := cli(t, "", "list", "--data", file, "--query", "invioce")
	assert.Equal(t, "0 sessions. Did you mean invoice (2)? They are found with --match words.\n", out)
	_, out, _ = cli(t, "", "list", "--data", file, "--query", "invoice")
	assert.NotContains(t, out, "Did you mean")
	_, out, _ = cli(t, "", "list", "--data", file, "--query", "zzzzzzz")
	assert.NotContains(t, out, "Did you mean")
}
