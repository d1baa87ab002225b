package cluster

// prefix says whether the messages that were taken in make up a state that the stream has
// had: the state after one of its prefixes.
//
// The stream keeps the last message of each subject. Whoever reads it meets holes, where a
// message was superseded before it was read; what superseded it lies between there and the
// end of the stream. Until that has been read too, the state is one that never was: half of
// a batch, or a session as it was beside another as it is. So a hole, of whatever kind,
// asks for a message of one's own: it is sent after the hole was met, and when it comes
// back everything has come that the hole stands for. If another hole is met on the way, it
// asks for another message.
//
// A batch is shown when its last message has been taken in. If that is gone, there is a
// hole.
type prefix struct {
	last   uint64 // the sequence of the message that was taken in last
	batch  string // the batch that has begun and not ended, "" for none
	number uint64 // the place in it of its last message
	needed uint64 // the number of the own message that has to come back, 0 for none
	knobs  knobs
}

// take takes in a message. issued is the number of the last message that the node has sent,
// and own says that e is one of them.
func (p *prefix) take(e *entry, own bool, issued uint64) {
	hole := e.seq != p.last+1
	if p.knobs.onlyHalfSeen {
		torn := p.batch != "" && (e.batch != p.batch || e.number != p.number+1)
		hole = hole && (torn || e.batch != "" && e.batch != p.batch && e.number != 1)
	}
	if hole && !p.knobs.ignoreHoles {
		p.needed = issued + 1
	}
	p.last = e.seq
	p.batch, p.number = e.batch, e.number
	if e.last {
		p.batch = ""
	}
	if own && e.hello.Number > 0 && e.hello.Number >= p.needed {
		p.needed = 0
	}
}

// whole reports whether what was taken in may be shown.
func (p *prefix) whole() bool {
	return p.needed == 0 && (p.batch == "" || p.knobs.tornBatches)
}
