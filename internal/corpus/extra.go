package corpus

import (
	"strconv"
	"unicode/utf8"
)

var (
	agentNames = [...]string{"Default agent", "Researcher", "Inbox helper", "Data analyst", "Übersetzer", "コードレビュー", "Planner",
		"Sales assistant", "QA bot", "Travel desk", "Support \"L1\"", "Writer", "Scheduler", "Recruiter", "Ledger & Co"}
	models   = [...]string{"atlas-3-large", "atlas-3-mini", "meridian-2.1", "boreal-70b-instruct", "atlas-2", "quill-preview-0325", "lumen/vision-1"}
	failures = [...]string{"tool_timeout", "rate_limited", "context_length_exceeded", "user_cancelled", "internal_error", "budget_exhausted", "sandbox_crash"}
)

// extras writes the members that are not indexed, with the names and types of the public
// API. It has its own dice, so that leaving it out changes nothing else.
type extras struct {
	dice    dice
	seed    uint64
	users   int
	preview *section
	scratch []byte
}

// write appends a JSON object without white space: the two members that the public API
// requires, and for half of the sessions the others.
func (e *extras) write(b []byte, state, title string) []byte {
	d := &e.dice
	long := !d.chance(500)
	old := d.chance(250) // older sessions lack the newer members
	b = append(b, `{"thread_id":"thread_`...)
	b = append(appendHex(b, d.bits64(), 16), '"')
	b = append(append(append(b, `,"session_status_v2":"`...), statusV2(state)...), '"')
	if !long {
		return append(b, '}')
	}
	if !old {
		b = append(append(append(b, `,"run_status_v2":"`...), runStatusV2(state)...), '"')
	}
	model := models[d.byRank(3)%len(models)]
	b = appendJSON(append(b, `,"agent":`...), agentNames[d.byRank(4)])
	b = append(append(append(b, `,"model":"`...), model...), '"')
	messages := d.byRank(9)
	b = strconv.AppendInt(append(b, `,"num_messages":`...), int64(messages), 10)
	b = appendCost(append(b, `,"total_cost_usd":`...), d, messages)
	b = append(b, `,"last_message_preview":`...)
	b = e.appendPreview(b, d, messages, title)
	b = append(b, `,"created_by_id":"`...)
	user := mix(e.seed ^ 0x75736572 + uint64(d.below(e.users)))
	b = append(appendUUID(b, user, mix(user)), '"')
	b = strconv.AppendBool(append(b, `,"is_unread":`...), d.chance(220))
	if !old {
		b = append(b, `,"failure_reason_v2":`...)
		if state == "failed" {
			b = appendJSON(b, failures[d.byRank(3)])
		} else {
			b = append(b, "null"...)
		}
	}
	return append(b, '}')
}

// statusV2 and runStatusV2 return the public API's status of a session and of its
// latest run.
func statusV2(state string) string {
	switch state {
	case "running":
		return "active"
	case "waiting_for_input":
		return "needs_input"
	case "failed":
		return "error"
	}
	return "idle"
}

func runStatusV2(state string) string {
	switch state {
	case "running", "failed":
		return state
	case "pending":
		return "queued"
	case "paused", "waiting_for_input":
		return "needs_input"
	case "cancelled", "stopped", "expired":
		return "canceled"
	}
	return "completed"
}

// appendCost appends a number as programs in several languages write it: with
// trailing zeros, as an integer, with an exponent.
func appendCost(b []byte, d *dice, messages int) []byte {
	cents := messages * d.between(1, 40) / 4
	switch p := d.below(100); {
	case p < 4:
		return append(strconv.AppendInt(b, int64(d.between(1, 9)), 10), ".5e-05"...)
	case p < 10:
		return append(b, '0')
	case p < 60:
		b = appendTwo(append(strconv.AppendInt(b, int64(cents/100), 10), '.'), cents%100)
		return b
	}
	b = appendTwo(append(strconv.AppendInt(b, int64(cents/100), 10), '.'), cents%100)
	return appendTwo(appendTwo(b, d.below(100)), 10*d.below(10))
}

// appendPreview appends the beginning of a message, some of them with line breaks
// and with escapes that JSON does not demand.
func (e *extras) appendPreview(b []byte, d *dice, messages int, title string) []byte {
	if messages == 0 {
		return append(b, "null"...)
	}
	text := e.scratch[:0]
	switch p := d.below(100); {
	case p < 30:
		text = append(append(text, "Done. "...), title[:min(len(title), 60)]...)
		for !utf8.Valid(text) {
			text = text[:len(text)-1]
		}
	case p < 40:
		text = e.preview.write(append(e.preview.write(text, d), "\n\n"...), d)
	default:
		text = e.preview.write(text, d)
	}
	e.scratch = text
	if d.chance(20) {
		return append(b, `"Caf\u00e9 <b>&amp;<\/b> \ud83d\ude80 \u003c"`...)
	}
	return appendJSON(b, text)
}

// appendJSON appends s as a JSON string with only the necessary escapes.
func appendJSON[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	plain := 0 // start of the text that is not yet appended
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(append(b, `\u00`...), hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[plain:]...), '"')
}
