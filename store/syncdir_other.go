//go:build !windows

package store

import (
	"errors"
	"os"
)

// syncDir forces a new directory entry to the device: without it the file can be
// gone after a loss of power although its contents were forced.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
