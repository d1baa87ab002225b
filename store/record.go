package store

import (
	"math"
)

// Record is one pair of an id and its bytes.
type Record struct {
	// ID is the key: 1 to MaxIDBytes bytes, any bytes. Records are in the order of
	// their ids, compared byte by byte.
	ID string
	// Version is the version of the codec that Value was written with. Load sets
	// it. Apply ignores it and writes Options.RecordVersion.
	Version uint8
	// Value is the caller's, at most MaxValueBytes.
	Value []byte
	// Room says that Value begins with RoomBytes of no meaning. Apply then takes the
	// slice over, instead of copying it; the caller must not use it any more.
	Room bool
}

// RoomBytes is what Record.Room is about.
const RoomBytes = envelopeBytes

const envelopeBytes = 5 // see encode.go

// Limits of a record.
const (
	MaxIDBytes    = 32768                             // bbolt has no longer keys
	MaxValueBytes = math.MaxInt32 - 1 - envelopeBytes // nor longer values
)

// Write is a set of changes that are made together. Within one Write an id may
// stand only once, and so may a note's name.
type Write struct {
	// Put inserts records, or replaces those that have the same id.
	Put []Record
	// Delete removes records. An id that no record has is not an error.
	Delete []string
	// Notes sets named values beside the records; see Store.Notes.
	Notes []Note
	// Log adds entries to the log, which are numbered in ascending order, and drops
	// those that are numbered below LogFrom; see Store.Log.
	Log     []Entry
	LogFrom uint64
	// Counter is kept and given back by Store.Counter; 0 leaves what there is.
	Counter uint64
}

// Note is a named value of the caller's, of which there are few.
type Note struct {
	Name string // at most MaxIDBytes-1 bytes
	// Value is the caller's; nil removes the note.
	Value []byte
}

// Entry is a part of the log.
type Entry struct {
	Number uint64
	Value  []byte
}
