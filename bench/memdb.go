package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/hashicorp/go-memdb"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// memdbStore keeps sessions in go-memdb: immutable radix trees under an atomic
// root, the model of what this library does with its versions.
//
// Its best for such listings: every index key is the sort key itself and ends on
// the id, so that an index is the order, and the orders of the default listing are
// indexes of their own that leave the hidden sessions out. A radix tree has no
// ranks, so an offset is walked and a total is counted, always by iteration.
type memdbStore struct{ db *memdb.MemDB }

// The indexes other than "id". Those that begin with "top" hold only what the default
// listing shows.
const (
	byUpdated    = "updated"
	byCreated    = "created"
	byTitle      = "title"
	topByUpdated = "top_updated"
	topByCreated = "top_created"
	topByTitle   = "top_title"
	topByApp     = "top_app" // by application, and then by update
)

func newMemdb(string) (candidate, error) {
	indexes := map[string]*memdb.IndexSchema{
		"id": {Name: "id", Unique: true, Indexer: keyIndex(func(r *row) []byte { return append([]byte(r.ID), 0) })},
	}
	for name, key := range map[string]keyIndex{
		byUpdated: updatedKey, byCreated: createdKey, byTitle: titleKey,
		topByUpdated: onlyTop(updatedKey), topByCreated: onlyTop(createdKey), topByTitle: onlyTop(titleKey),
		topByApp: onlyTop(func(r *row) []byte { return append(appPrefix(r.AppID), updatedKey(r)...) }),
	} {
		indexes[name] = &memdb.IndexSchema{Name: name, Unique: true, AllowMissing: true, Indexer: key}
	}
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		"sessions": {Name: "sessions", Indexes: indexes},
	}})
	return &memdbStore{db}, err
}

// keyIndex makes an index key of a row; nil leaves the row out.
type keyIndex func(*row) []byte

// FromObject implements memdb.SingleIndexer.
func (k keyIndex) FromObject(raw any) (bool, []byte, error) {
	key := k(raw.(*row))
	return key != nil, key, nil
}

// FromArgs implements memdb.Indexer; the argument is the key, or a part of one.
func (k keyIndex) FromArgs(args ...any) ([]byte, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("one key expected, got %d", len(args))
	}
	key, ok := args[0].([]byte)
	if !ok {
		return nil, fmt.Errorf("a key of bytes expected, got %T", args[0])
	}
	return key, nil
}

// PrefixFromArgs implements memdb.PrefixIndexer.
func (k keyIndex) PrefixFromArgs(args ...any) ([]byte, error) { return k.FromArgs(args...) }

func onlyTop(key keyIndex) keyIndex {
	return func(r *row) []byte {
		if r.IsSubSession || r.IsTaskSession {
			return nil
		}
		return key(r)
	}
}

func instantKey(nanoseconds int64, id string) []byte {
	b := make([]byte, 0, 9+len(id))
	b = binary.BigEndian.AppendUint64(b, uint64(nanoseconds)^1<<63)
	return append(append(b, id...), 0)
}

func updatedKey(r *row) []byte { return instantKey(r.UpdatedAt.UnixNano(), r.ID) }
func createdKey(r *row) []byte { return instantKey(r.CreatedAt.UnixNano(), r.ID) }

// titleKey holds a title twice, folded and raw, as the order of titles asks for. A
// zero byte sorts below all else that text is made of.
func titleKey(r *row) []byte {
	b := make([]byte, 0, len(r.folded)+len(r.Title)+len(r.ID)+3)
	b = append(append(b, r.folded...), 0)
	b = append(append(b, r.Title...), 0)
	return append(append(b, r.ID...), 0)
}

func appPrefix(app string) []byte { return append([]byte(app), 0) }

func (c *memdbStore) load(sessions []sessiondex.Session) error { return c.put(sessions) }

func (c *memdbStore) put(sessions []sessiondex.Session) error {
	txn := c.db.Txn(true)
	defer txn.Abort()
	for _, s := range sessions {
		if err := txn.Insert("sessions", newRow(s)); err != nil {
			return err
		}
	}
	txn.Commit()
	return nil
}

// walk calls yield for the matches in order until it returns false. A week sorted
// by title is gathered by creation first, which is the smaller part.
func (c *memdbStore) walk(q query.Query, from *row, yield func(*row) bool) error {
	f := newFilter(q)
	if !q.CreatedAfter.IsZero() && q.SortBy != query.CreatedAt {
		return c.gather(q, f, from, yield)
	}
	name, key := byUpdated, keyIndex(updatedKey)
	switch q.SortBy {
	case query.CreatedAt:
		name, key = byCreated, createdKey
	case query.Title:
		name, key = byTitle, titleKey
	}
	var prefix []byte
	if !q.IncludeSubSessions && !q.IncludeTaskSessions && q.AOPAssetID == "" {
		name = "top_" + name
		if q.AppID != "" && name == topByUpdated {
			name, prefix = topByApp, appPrefix(q.AppID)
			key = func(r *row) []byte { return append(appPrefix(r.AppID), updatedKey(r)...) }
		}
	}
	it, err := c.iterator(name, prefix, key, from, q.SortDirection == query.Asc)
	if err != nil {
		return err
	}
	for raw := it.Next(); raw != nil; raw = it.Next() {
		r := raw.(*row)
		if prefix != nil && r.AppID != q.AppID {
			break // from a bound on, nothing else ends it
		}
		if from != nil && r.ID == from.ID {
			continue
		}
		if f.keeps(r) && !yield(r) {
			break
		}
	}
	return nil
}

// iterator begins at from, or at the end of the prefix where the order begins.
func (c *memdbStore) iterator(index string, prefix []byte, key keyIndex, from *row, asc bool) (memdb.ResultIterator, error) {
	txn := c.db.Txn(false)
	switch {
	case from != nil && asc:
		return txn.LowerBound("sessions", index, key(from))
	case from != nil:
		return txn.ReverseLowerBound("sessions", index, key(from))
	case prefix != nil && asc:
		return txn.Get("sessions", index+"_prefix", prefix)
	case prefix != nil:
		return txn.GetReverse("sessions", index+"_prefix", prefix)
	case asc:
		return txn.LowerBound("sessions", index, []byte{})
	}
	return txn.GetReverse("sessions", index+"_prefix", []byte{})
}

// gather walks a span of creation times and sorts what it finds.
func (c *memdbStore) gather(q query.Query, f *filter, from *row, yield func(*row) bool) error {
	name := topByCreated
	if q.IncludeSubSessions || q.IncludeTaskSessions || q.AOPAssetID != "" {
		name = byCreated
	}
	it, err := c.db.Txn(false).LowerBound("sessions", name, instantKey(q.CreatedAfter.UnixNano(), ""))
	if err != nil {
		return err
	}
	var found []*row
	for raw := it.Next(); raw != nil; raw = it.Next() {
		r := raw.(*row)
		if !q.CreatedBefore.IsZero() && r.CreatedAt.After(q.CreatedBefore) {
			break
		}
		if f.keeps(r) {
			found = append(found, r)
		}
	}
	compare := comparison(q)
	slices.SortFunc(found, compare)
	for _, r := range found {
		if from != nil && compare(r, from) <= 0 {
			continue
		}
		if !yield(r) {
			break
		}
	}
	return nil
}

func (c *memdbStore) list(_ context.Context, q query.Query) (answer, error) {
	a := answer{items: make([]sessiondex.Session, 0, limitOf(q))}
	end := q.Offset + limitOf(q)
	err := c.walk(q, nil, func(r *row) bool {
		if a.total >= q.Offset && a.total < end {
			a.items = append(a.items, r.Session)
		}
		a.total++
		return true
	})
	return a, err
}

func (c *memdbStore) page(_ context.Context, q query.Query) ([]sessiondex.Session, error) {
	passed, limit := 0, limitOf(q)
	items := make([]sessiondex.Session, 0, limit)
	err := c.walk(q, nil, func(r *row) bool {
		if passed++; passed > q.Offset {
			items = append(items, r.Session)
		}
		return len(items) < limit
	})
	return items, err
}

func (c *memdbStore) next(_ context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	var from *row
	if prev.last != nil {
		from = newRow(*prev.last)
	}
	limit := limitOf(q)
	items := make([]sessiondex.Session, 0, limit)
	err := c.walk(q, from, func(r *row) bool {
		items = append(items, r.Session)
		return len(items) < limit
	})
	return items, after(items), err
}

func (c *memdbStore) states(_ context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	q.States = nil
	counts := map[string]int{}
	err := c.walk(q, nil, func(r *row) bool {
		if r.State != "" {
			counts[r.State]++
		}
		return true
	})
	return sortedCounts(counts), err
}

func (c *memdbStore) get(_ context.Context, id string) (sessiondex.Session, error) {
	raw, err := c.db.Txn(false).First("sessions", "id", append([]byte(id), 0))
	if err != nil {
		return sessiondex.Session{}, err
	}
	if raw == nil {
		return sessiondex.Session{}, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return raw.(*row).Session, nil
}

func (c *memdbStore) close() error { return nil }
