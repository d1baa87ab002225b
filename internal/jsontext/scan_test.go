package jsontext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScannerYieldsMembersInOrder(t *testing.T) {
	text := ` {"a" : 1,"b\u0020":[{"c":[]}, "}"] , "a":null}` + "\n"
	var got []string
	s := Scanner[string]{Text: text}
	var m Member
	for s.Next(&m) {
		got = append(got, text[m.Name:m.NameEnd]+"="+text[m.Value:m.ValueEnd])
	}
	require.False(t, s.Failed(), s.Fault())
	assert.Equal(t, []string{`"a"=1`, `"b\u0020"=[{"c":[]}, "}"]`, `"a"=null`}, got)
}

// A text is cut and altered at each of its bytes.
func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	text := `{"a":-1.5e+3,"b":[true,false,null,{"c":"x\n\u00e4"}],"d":{}}`
	agree := func(text string) {
		s := Scanner[string]{Text: text}
		var m Member
		for s.Next(&m) {
		}
		assert.Equal(t, json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimSpace(text), "{"), !s.Failed(), "%s", text)
	}
	for i := range text {
		agree(text[:i])
		agree(text[:i] + text[i+1:])
		for _, c := range `"\,:{}[]0e- x` + "\x00\n" {
			agree(text[:i] + string(c) + text[i:])
			agree(text[:i] + string(c) + text[i+1:])
		}
	}
}

func TestScannerBoundsNesting(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) }
	for depth, fails := range map[int]bool{MaxDepth: false, MaxDepth + 1: true} {
		s := Scanner[string]{Text: nested(depth)}
		for s.Next(new(Member)) {
		}
		assert.Equal(t, fails, s.Failed(), "%d levels", depth)
	}
}

func TestScannerYieldsElements(t *testing.T) {
	for text, want := range map[string][]string{
		`[]`:                           nil,
		` [ 1 , "a,]" ,[2,{"b":3}] ] `: {"1", `"a,]"`, `[2,{"b":3}]`},
		`["\""]`:                       {`"\""`},
	} {
		s := Scanner[string]{Text: text}
		var got []string
		for m := (Member{}); s.NextElement(&m); {
			got = append(got, text[m.Value:m.ValueEnd])
		}
		require.False(t, s.Failed(), text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{``, `{}`, `[1`, `[1,]`, `[1 2]`, `[1] 2`, `[,]`} {
		s := Scanner[string]{Text: text}
		for m := (Member{}); s.NextElement(&m); {
		}
		require.True(t, s.Failed(), text)
	}
}
