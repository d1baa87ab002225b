//go:build !windows && !plan9 && !solaris && !aix && !android && !js

package store

import (
	"os"
	"syscall"
)

// unlock gives up bbolt's lock on a file. Closing it is not enough while a memory
// map of it is left: the map keeps the open file, and that the lock.
func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
