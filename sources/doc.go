// Package sources reads the sessions that other programs keep on this machine
// (coding agents and chat exports) and keeps an engine in step with them.
//
// [Discover] finds the stores, [Read] yields their sessions, [Sync] brings an engine up
// to date and reads only what changed since the last time, and [Follow] does so until
// its context ends.
//
// # Stores are other programs' property
//
// This package never writes to a store, nor takes a lock that affects its owner. From a
// store that grows while it is read, it reads the records that were complete at the
// beginning. It does not mistake an unreadable store for an empty one: a session counts
// as vanished only after a complete pass over an existing store did not find it.
//
// # What a session becomes
//
//   - ID is "<app>:<native id>", since native ids collide across programs. The native
//     id, which the program's own "resume" takes, is the member native_id.
//   - AppID is the program, WorkspaceID the directory of the project, SourceChannel
//     the program's own word for its entry point, unchanged.
//   - Title is the user's own title, else the program's, else the first prompt, else
//     the first command, with white space collapsed and cut to 200 characters. A
//     program's default title ("New chat") does not count.
//   - CreatedAt and UpdatedAt come from the records, never from the file's times, so a
//     rename, a copy or a restored backup moves no row.
//   - State is "running" while a turn is open and its last record is younger than
//     Options.StaleAfter, "interrupted" if the record is older or the turn was aborted,
//     "failed" after an error, "archived" if the program says so, and "completed"
//     otherwise.
//   - Sub-agents are sub-sessions of the session that started them; runs that a program
//     or a schedule started are task runs with trigger_type "api" or "schedule". A fork
//     that the user made is a session of its own, with the member forked_from.
//   - Extra has, where known: agent, created_by_id, folder_id, forked_from, git_branch,
//     last_message_preview, model, native_id, num_messages, project_id, provider,
//     schema_version, source_path (relative to the root), source_version, tag,
//     total_cost_usd, total_tokens; and source_missing once the store no longer has it.
//
// # Readers
//
// A [Reader] reads one program's stores. [Files] returns the readers of plain files;
// package sources/sqlite has those of SQLite stores, so that only programs that import
// it link a database engine. Readers are values in Options.Readers; there is no global
// registry.
package sources
