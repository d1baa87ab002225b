//go:build !windows && !plan9 && !solaris && !aix && !android && !js

package store

import (
	"os"
	"syscall"
)

// unlock releases bbolt's lock on a file. Closing the file is not enough while a memory
// map of it is left: the map keeps the open file, which keeps the lock.
func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
