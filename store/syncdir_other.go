//go:build !windows && !js

package store

import (
	"errors"
	"os"
	"syscall"
)

// syncDir forces a new directory entry to the device: without it the file can be
// gone after a loss of power although its contents were forced.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system that cannot, some network ones among them
	}
	return errors.Join(err, d.Close())
}
