// Package store keeps records, pairs of an id and opaque bytes, in one file and
// gives them back at the next start. It knows nothing of sessions: what the
// bytes mean, and their codec, belong to the caller.
//
// # Promises
//
// A write is a transaction: all of it is in the file, or nothing of it, however
// the process or the machine ends. What Apply's return means depends on
// Options.Sync:
//
//   - SyncAlways, the default: when Apply returns nil the write has been forced
//     to the device. It survives a kill of the process, a crash of the operating
//     system and a loss of power, as far as the device keeps what it confirmed.
//   - SyncSystem: when Apply returns nil the write has been handed to the
//     operating system. It survives a kill of the process (kill -9 included). A
//     crash of the operating system or a loss of power can lose any write since
//     the last Sync or Close, and can leave the file damaged as a whole; the
//     damage is found at the next Load, it is not repaired. For loads that can be
//     repeated.
//
// A write that fails (a full disk, a device error) changes nothing. The store
// stays readable, and takes writes again once the cause is gone. A write that
// was not confirmed because the process died may be in the file whole, or not at
// all.
//
// A write that only deletes finds room on a full disk; see Apply.
//
// # Notes and the log
//
// Beside its records a store has notes, a few named values, and a log of numbered
// entries; both change in the same transaction as the records. A counter and a
// random ID, which another history never has, come back at the next Open.
//
// # Damage
//
// Each record carries the version of its codec and a CRC-32C of its id and its
// bytes; the file carries its format version, the number of records and a digest
// of them all. Load and Verify read the file's pages with every offset checked
// and compare all of this, so that a lost, stale, doubled or altered record is
// an error that says what was expected and what was found, and neither a wrong
// value nor a crash. A file that is shorter than its contents, or a store of a
// newer format, is refused by Open. The first write on a handle waits for such a
// check if no Load or Verify has made it before.
//
// One of the two header pages being damaged means that the last transaction may
// be missing. Open refuses such a file; Options.AllowPrevious accepts the state
// before it.
//
// # The file
//
// The file is a bbolt database (copy-on-write B+tree, pages of 4 KiB) with mode
// 0600. It is made aside and linked into place, so that it is either absent or
// complete. One process may write, and then no other has it open; or any number
// may read. Freed space is used again; Compact makes a new file without it. A long Load or
// Backup keeps the pages of its version alive, so the file grows meanwhile.
package store
