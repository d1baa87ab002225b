// Command sdk writes a database of sessions as a program makes them that does not know the
// public API's types: some with an id and two times only, some with members of other
// types. It is for sdk.sh.
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
)

func main() {
	engine, err := sessiondex.Open(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	put := func(id, title, state, extra string) error {
		at = at.Add(time.Minute)
		return engine.Put(ctx, sessiondex.Session{ID: id, Title: title, State: state, CreatedAt: at, UpdatedAt: at, Extra: extra})
	}
	for i := range 120 {
		if err := put(fmt.Sprintf("bare-%d", i), "", "", ""); err != nil {
			log.Fatal(err)
		}
	}
	for i, extra := range []string{
		`{"agent":{"name":"a"}}`, `{"num_messages":1.5}`, `{"thread_id":null}`, `{"session_status_v2":7}`, `{"total_cost_usd":"1"}`,
		`{"is_unread":"yes","model":["m"]}`, `{"last_message_preview":{"text":"x"},"own":{"kept":[1,2]}}`, `{"num_messages":1e30}`,
		`{"created_by_id":12,"failure_reason_v2":false,"run_status_v2":{}}`, `{"aop_execution_succeeded":"no","aop_execution_error":1}`,
		`{"last_message_preview":"Key \ud83d"}`, `{"own":{"\udc00":["\ud800 x"]}}`, `{"model":"a","model":"b"}`,
	} {
		if err := put(fmt.Sprintf("odd-%d", i), "Odd row", "failed", extra); err != nil {
			log.Fatal(err)
		}
	}
	// What an engine takes, a client must be able to read, whatever it is.
	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range 2000 {
		if err := put(fmt.Sprintf("random-%d", i), "Random row", "running", randomObject(rng, 0)); err != nil {
			refused++
		}
	}
	fmt.Printf("%d sessions put, %d refused\n", engine.Len(), refused)
	if err := engine.Close(); err != nil {
		log.Fatal(err)
	}
}

// randomObject is JSON that encoding/json takes, with whatever strict parsers stumble over.
func randomObject(rng *rand.Rand, depth int) string {
	pieces := []string{`\ud83d`, `\ude00`, `\ud83d\ude00`, `\u0000`, `\n`, "é", "昨", "x", `\"`, `\\`, `\\ud800`, "\u2028", "\x7f"}
	text := func() string {
		var b strings.Builder
		for range rng.IntN(4) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return `"` + b.String() + `"`
	}
	numbers := []string{`0`, `-0`, `1e308`, `1e309`, `-1e400`, `1.7976931348623158e308`, `1.7976931348623159e308`, `1e-400`, `12345678901234567890123`, `0.1`,
		strings.Repeat("9", 308), strings.Repeat("9", 400), `9223372036854775808`}
	var value func(depth int) string
	value = func(depth int) string {
		switch p := rng.IntN(20); {
		case p < 7:
			return text()
		case p < 11:
			return numbers[min(rng.IntN(8*len(numbers)), len(numbers)-1)]
		case p < 14:
			return []string{"true", "false", "null"}[rng.IntN(3)]
		case p < 15:
			n := []int{3, 30, 90, 100, 130, 400, 600}[rng.IntN(7)]
			return strings.Repeat("[", n) + strings.Repeat("]", n)
		case depth > 4:
			return "[]"
		case p < 18:
			return "[" + value(depth+1) + ", " + value(depth+1) + "]"
		}
		return randomObject(rng, depth+1)
	}
	names := []string{`"a"`, `"\u0061"`, `"b"`, `"agent"`, `"num_messages"`, `"thread_id"`, `"last_message_preview"`, `"\ud800"`, `"\udc00"`, `"\ufffd"`}
	var members []string
	for range rng.IntN(6) {
		members = append(members, names[rng.IntN(len(names))]+":"+value(depth))
	}
	return "{" + strings.Join(members, ",") + "}"
}
