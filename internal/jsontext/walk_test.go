package jsontext

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// On every object that the scanner takes; on everything else the walk ends.
func TestWalkAgreesWithTheScanner(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a" : [ 1 , {"b":"]}"} ] , "c":null}`, `{"\"":"\\","\\":"\\\"","":""}`,
		"{\n\"a\":\t\"x\u2028\",\r\"long name of more than eight letters\":-1.5e+07}", `{"a":{"b":{"c":[[[]]]}},"a":2}`,
		`{"` + strings.Repeat("x", 30) + `":"` + strings.Repeat(`\u00e9`, 30) + `","b":true}`,
		``, `x`, `"`, `{`, `}`, `{"`, `{"a`, `{"a"`, `{"a"}`, `{"a":}`, `{"a":,}`, `{"a":"}`, `{"a":[}`, `{a:1}`, `[1]`, `{"a":{`, `{"\`, `{"\`,
	} {
		type member struct{ text, name, value string }
		var got []member
		for w := WalkObject(text); w.Next(); {
			got = append(got, member{w.Member(), w.Name(), w.Value()})
		}
		s := Scanner[string]{Text: text}
		var want []member
		var m Member
		for s.Next(&m) {
			want = append(want, member{text[m.Name:m.ValueEnd], Unquoted(text[m.Name:m.NameEnd]), text[m.Value:m.ValueEnd]})
		}
		if !s.Failed() {
			assert.Equal(t, want, got, text)
		}
	}
}
