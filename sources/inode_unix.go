//go:build unix

package sources

import (
	"io/fs"
	"syscall"
)

// inode returns the number of a file within its file system.
func inode(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Ino)
	}
	return 0
}
