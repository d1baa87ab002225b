// Package sources reads the sessions that other programs keep on this machine
// (coding agents and chat exports) and keeps an engine in step with them.
//
// [Discover] finds the stores, [Read] yields their sessions, [Sync] brings an engine
// up to date and reads only what changed since the last time, and [Follow] does so
// for as long as its context lives.
//
// # Stores are other programs' property
//
// Nothing here writes to a store or takes a lock that its owner would feel. A store
// that grows while it is read gives what was complete when the reading began. A store
// that cannot be read is not an empty one: nothing is taken for vanished unless a
// complete pass over an existing store did not meet it.
//
// # What a session becomes
//
//   - ID is "<app>:<native id>", since native ids collide across programs. The native
//     id, which the program's own "resume" takes, is the member native_id.
//   - AppID is the program, WorkspaceID the directory of the project, SourceChannel
//     the program's own word for its entry point, unchanged.
//   - Title is the person's own title, else the program's, else the first prompt, else
//     the first command; white space collapsed and cut to 200 characters. A program's
//     default title ("New chat") is no title.
//   - CreatedAt and UpdatedAt come from the records, never from the file's times, so a
//     rename, a copy or a restored backup moves no row.
//   - State is "running" while a turn is open and its last record is younger than
//     Options.StaleAfter, "interrupted" once it is older or was aborted, "failed" after
//     an error, "archived" where the program says so, and "completed" otherwise.
//   - Sub-agents are sub-sessions of the session that started them; runs that a program
//     or a schedule started are task runs with trigger_type "api" or "schedule". A fork
//     that a person made is a session of its own, with the member forked_from.
//   - Extra has, where known: agent, created_by_id, folder_id, forked_from, git_branch,
//     last_message_preview, model, native_id, num_messages, project_id, provider,
//     schema_version, source_path (relative to the root), source_version, tag,
//     total_cost_usd, total_tokens; and source_missing once the store no longer has it.
//
// # Readers
//
// A [Reader] knows one program's store. [Files] are those that need nothing but files;
// package sources/sqlite has those of SQLite stores, so that a program that does not
// want a database engine links none. Readers are values in Options.Readers; nothing
// registers itself.
package sources
