package sessiondex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// benchPage is a page of 50 sessions with the members that real exports carry.
func benchPage(title string) Page {
	p := Page{HasMore: true, Limit: 50, Total: 1_000_000}
	at := time.Date(2026, 1, 1, 0, 0, 0, 123_456_000, time.UTC)
	for i := range 50 {
		p.Items = append(p.Items, Session{
			ID: fmt.Sprintf("5f0c2b1e-7d7f-4a55-9d2e-%012d", i), Title: title, State: "completed", SourceChannel: "web",
			SessionType: "session", AppID: "app-123", WorkspaceID: "workspace-7",
			CreatedAt: at.Add(time.Duration(i) * time.Second), UpdatedAt: at.Add(time.Duration(i) * time.Minute),
			Extra: `{"thread_id":"th_01HZX","session_status_v2":"idle","run_status_v2":null,"agent":"research-assistant-agent-no-1",` +
				`"model":"m-4","num_messages":17,"total_cost_usd":0.10,"last_message_preview":"Done, the report is in your inbox.",` +
				`"created_by_id":"u-1","is_unread":false,"failure_reason_v2":null}`,
		})
	}
	return p
}

func BenchmarkPageAppendJSON(b *testing.B) {
	for _, bench := range []struct{ name, title string }{
		{"ascii", "Bi-Weekly report: invoice review and follow-up with the team"},
		{"cjk", "昨晚的会议纪要和后续行动项整理以及客户反馈汇总"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p := benchPage(bench.title)
			b.SetBytes(int64(len(p.AppendJSON(nil))))
			b.ReportAllocs()
			for b.Loop() {
				p.AppendJSON(nil)
			}
		})
	}
}

// BenchmarkPageMarshal is what a handler would pay that used json.Marshal.
func BenchmarkPageMarshal(b *testing.B) {
	p := benchPage("Bi-Weekly report: invoice review and follow-up with the team")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadJSONL reports the time per session.
func BenchmarkReadJSONL(b *testing.B) {
	var text bytes.Buffer
	page := benchPage("Bi-Weekly report: invoice review and follow-up with the team")
	if err := WriteJSONL(&text, sequence(nil, page.Items...)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len() / len(page.Items)))
	b.ReportAllocs()
	r := &countingReader{line: text.String()}
	for _, err := range ReadJSONL(r) {
		if err != nil {
			b.Fatal(err)
		}
		if !b.Loop() {
			return
		}
	}
}

func BenchmarkSessionUnmarshalJSON(b *testing.B) {
	text := benchPage("Bi-Weekly report: invoice review and follow-up with the team").Items[0].AppendJSON(nil)
	b.Run("direct", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var s Session
			if err := s.UnmarshalJSON(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json.Unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var s Session
			if err := json.Unmarshal(text, &s); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWriteJSONL(b *testing.B) {
	page := benchPage("Bi-Weekly report: invoice review and follow-up with the team")
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteJSONL(io.Discard, sequence(nil, page.Items...)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSessionValidate(b *testing.B) {
	for _, size := range []int{60, DefaultMaxTitleBytes} {
		b.Run(fmt.Sprintf("title=%d", size), func(b *testing.B) {
			s := benchPage(strings.Repeat("t", size)).Items[0]
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Validate(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
