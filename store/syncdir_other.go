//go:build !windows && !js

package store

import (
	"errors"
	"os"
	"syscall"
)

// syncDir forces a new directory entry to the device: otherwise a loss of power can
// remove the file although its contents were forced.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some file systems, such as network ones, do not support it
	}
	return errors.Join(err, d.Close())
}
