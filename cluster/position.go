package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex"
)

// logName is the name under which the engine keeps the position.
const logName = "cluster"

// position is how far an engine has followed a stream. It is stored in the transaction
// that brought the engine there.
type position struct {
	Stream string `json:"stream"`
	// Created tells streams of one name apart: those that were deleted and made anew.
	Created time.Time `json:"created"`
	// Seq is the sequence of the last message that the engine knows of, and Time is when
	// the servers took it.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	// Ragged says that the engine's sessions are not the state after a prefix of the
	// stream: a first reading of it was not finished.
	Ragged bool `json:"ragged,omitempty"`
	// Count and Partitions are the options that the engine was filled under.
	Count      int   `json:"count"`
	Partitions []int `json:"partitions"`
	// Witnesses are the latest sessions that were put, newest first: a stream that was
	// restored from a copy has not all of them.
	Witnesses []witness `json:"witnesses,omitempty"`
}

// witness is a message that a stream must have, or a later one of the same subject.
type witness struct {
	Subject string    `json:"subject"`
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
}

const maxWitnesses = 4

// see takes in a message.
func (p *position) see(e *entry) {
	p.Seq, p.Time = e.seq, e.time
	if e.op != opPut {
		return
	}
	// The slice is replaced, never changed: an encoded position may be waiting.
	kept := make([]witness, 0, maxWitnesses)
	kept = append(kept, witness{e.subject, e.seq, e.time})
	for _, w := range p.Witnesses {
		if len(kept) < maxWitnesses && w.Subject != e.subject {
			kept = append(kept, w)
		}
	}
	p.Witnesses = kept
}

func (p *position) encode() []byte {
	b, _ := json.Marshal(p) // strings, numbers and times of this century: never fails
	return b
}

// positionOf reads the engine's position, nil if it has none. An engine with sessions and
// no position, or that of another stream, is not one that a node may fill.
func positionOf(e *sessiondex.Engine, stream string) (*position, error) {
	b := e.LogPosition(logName)
	if b == nil {
		if n := e.Len(); n > 0 {
			return nil, &EngineError{stream, fmt.Sprintf("it has %d sessions, and none of them is from a stream", n)}
		}
		return nil, nil
	}
	var p position
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, &EngineError{stream, fmt.Sprintf("its log position can't be read: %v", err)}
	}
	if p.Stream != stream {
		return nil, &EngineError{stream, fmt.Sprintf("it follows stream %s", p.Stream)}
	}
	return &p, nil
}

// fits reports whether the engine has the sessions that the options ask for.
func (p *position) fits(o *Options) bool {
	return p.Count == o.PartitionCount && slices.Equal(p.Partitions, o.Partitions)
}
