package cluster

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex"
)

// Seq is a place in the stream: the sequence of a message. That of a write is greater than
// those of all writes that returned before it began.
type Seq uint64

// The headers that make messages of a batch, and a tombstone. The latter is the one that
// key-value buckets have, so that their tools understand it.
const (
	headerBatchID     = "Nats-Batch-Id"
	headerBatchSeq    = "Nats-Batch-Sequence"
	headerBatchCommit = "Nats-Batch-Commit"
	headerOperation   = "KV-Operation"
	operationDelete   = "DEL"
)

// putMessage is the message that stores a session: its JSON.
func (s subjects) putMessage(v *sessiondex.Session) *nats.Msg {
	m := nats.NewMsg(s.session(v.WorkspaceID, v.ID))
	m.Data = v.AppendJSON(nil)
	return m
}

// deleteMessage is the message that deletes a session, and is forgotten after a while.
func (s subjects) deleteMessage(workspace, id string, ttl time.Duration) *nats.Msg {
	m := nats.NewMsg(s.session(workspace, id))
	m.Data = []byte(id)
	m.Header.Set(headerOperation, operationDelete)
	m.Header.Set(jetstream.MsgTTLHeader, ttl.String())
	return m
}

// greeting is what a node says in its sync messages.
type greeting struct {
	// Number counts the messages by which the node looks for the stream's end; 0 is none of them.
	Number uint64 `json:"number"`
	// Schema is a digest of the fields that the node declares.
	Schema string `json:"schema"`
	// Bye says that the node is closing.
	Bye bool `json:"bye,omitempty"`
}

// operation is what a message does.
type operation uint8

const (
	opPut operation = iota
	opDelete
	opSync
	opNone // not for this node, or nothing that it understands
)

// entry is a message of the stream as a node reads it.
type entry struct {
	seq  uint64
	time time.Time
	op   operation
	// batch is the id of the atomic batch that the message is part of, "" for none;
	// number is its place in it, from 1, and last says that it is the end of it.
	batch  string
	number uint64
	last   bool

	address address
	subject string
	session sessiondex.Session // opPut
	id      string             // opDelete
	hello   greeting           // opSync
	fault   error              // why it is opNone, if it should not be
}

// readEntry reads a message. One that makes no sense is opNone with a fault: the stream
// has it, so that it can't be refused any more.
func (o *Options) readEntry(subject string, header nats.Header, data []byte, seq uint64, at time.Time) entry {
	e := entry{seq: seq, time: at, subject: subject, op: opNone}
	if id := header.Get(headerBatchID); id != "" {
		e.batch = id
		e.number, _ = strconv.ParseUint(header.Get(headerBatchSeq), 10, 64)
		e.last = header.Get(headerBatchCommit) != ""
	}
	var ok bool
	if e.address, ok = o.subjects().parse(subject); !ok {
		e.fault = fmt.Errorf("message %d: subject %q is not one of a session", seq, subject)
		return e
	}
	switch {
	case e.address.node != "":
		if err := json.Unmarshal(data, &e.hello); err != nil {
			e.fault = fmt.Errorf("message %d: %s: %w", seq, subject, err)
			return e
		}
		e.op = opSync
	case !o.holds(e.address.partition):
	case header.Get(headerOperation) != "":
		if e.id = string(data); token(e.id) != e.address.id {
			e.fault = fmt.Errorf("message %d: subject %s is not of the id %q", seq, subject, e.id)
			return e
		}
		e.op = opDelete
	default:
		if err := e.session.UnmarshalJSON(data); err != nil {
			e.fault = fmt.Errorf("message %d: %s: %w", seq, subject, err)
			return e
		}
		if want := o.subjects().session(e.session.WorkspaceID, e.session.ID); want != subject {
			e.fault = fmt.Errorf("message %d: subject %s is not of session %q in workspace %q", seq, subject, e.session.ID, e.session.WorkspaceID)
			return e
		}
		e.op = opPut
	}
	return e
}
