package store

import (
	"math"
)

// Record is one pair of an id and its bytes.
type Record struct {
	// ID is the key: 1 to MaxIDBytes bytes, any bytes. Records are in the order of
	// their ids, compared byte by byte.
	ID string
	// Version is the version of the codec that encoded Value. Load sets it. Apply
	// ignores it and writes Options.RecordVersion.
	Version uint8
	// Value is the caller's, at most MaxValueBytes.
	Value []byte
	// Room says that Value begins with RoomBytes unused bytes. Apply then takes
	// ownership of the slice instead of copying it; the caller must not use it
	// afterwards.
	Room bool
}

// RoomBytes is the number of unused bytes that Record.Room announces.
const RoomBytes = envelopeBytes

const envelopeBytes = 5 // see encode.go

// Limits of a record.
const (
	MaxIDBytes    = 32768                             // bbolt has no longer keys
	MaxValueBytes = math.MaxInt32 - 1 - envelopeBytes // nor longer values
)

// Write is a set of changes that are made together. Within one Write an id may occur
// only once, and so may a note's name.
type Write struct {
	// Put inserts records, or replaces those that have the same id.
	Put []Record
	// Delete removes records. An id that no record has is not an error.
	Delete []string
	// Notes sets notes; see Store.Notes.
	Notes []Note
	// Log adds entries, numbered in ascending order, to the log, and drops those with
	// numbers below LogFrom; see Store.Log.
	Log     []Entry
	LogFrom uint64
	// Counter is stored, and returned by Store.Counter; 0 keeps the stored one.
	Counter uint64
}

// Note is a named value of the caller's. A store is meant to have few.
type Note struct {
	Name string // at most MaxIDBytes-1 bytes
	// Value is the caller's; nil removes the note.
	Value []byte
}

// Entry is one numbered value in the log.
type Entry struct {
	Number uint64
	Value  []byte
}
