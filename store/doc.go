// Package store keeps records, pairs of an id and opaque bytes, in one file. It knows
// nothing about sessions: the meaning of the bytes, and their codec, belong to the
// caller.
//
// # Promises
//
// A write is a transaction: the file has all of it or none, however the process or the
// machine ends. Options.Sync decides what Apply's return means:
//
//   - SyncAlways, the default: when Apply returns nil the write has been forced
//     to the device. It survives a kill of the process, a crash of the operating
//     system and a loss of power, as far as the device keeps what it confirmed.
//   - SyncSystem: when Apply returns nil the write has been handed to the
//     operating system. It survives a kill of the process (kill -9 included). A
//     crash of the operating system or a loss of power can lose any write since
//     the last Sync or Close, and can leave the whole file damaged; the next Load
//     detects the damage, and nothing repairs it. For imports that can be repeated.
//
// A write that fails (a full disk, a device error) changes nothing. The store
// stays readable, and takes writes again once the cause is gone. A write that was not
// confirmed because the process died may be in the file entirely or not at all.
//
// A write that only deletes succeeds on a full disk; see Apply.
//
// # Notes and the log
//
// Besides records, a store has notes (a few named values) and a log of numbered
// entries; both change in the same transaction as the records. The file also keeps a
// counter, and a random ID that is unique to its history.
//
// # Damage
//
// Each record carries the version of its codec and a CRC-32C of its id and its
// bytes; the file carries its format version, the number of records and a digest
// of them all. Load and Verify check every offset as they read the file's pages, and
// compare all of this: a lost, stale, doubled or altered record is an error that says
// what was expected and what was found, never a wrong value or a crash. Open refuses a
// file that is shorter than its contents, and a store of a newer format. The first write
// on a handle checks the file first, unless a Load or Verify has done so.
//
// If one of the two header pages is damaged, the last transaction may be missing. Open
// refuses such a file; Options.AllowPrevious accepts the state before it.
//
// # The file
//
// The file is a bbolt database (copy-on-write B+tree, pages of 4 KiB) with mode
// 0600. It is made under another name and linked into place, so that it is either absent
// or complete. Either one process may write, while no other has the file open, or any
// number may read. Freed space is reused; Compact makes a new file without it. A long Load
// or Backup keeps the pages of its version alive, so the file grows meanwhile.
package store
