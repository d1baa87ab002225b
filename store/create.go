//go:build !js

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

const fileMode = 0o600

// create makes an empty store at a path where there is nothing. It makes the file under
// another name and links it, so that a crash in between leaves no incomplete store, and
// if two processes do this at once, one wins and the other uses the winner's file. The
// other name is path.new-*; only a crash leaves it behind.
func create(path string) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			at.Path = path // not the temporary name
		}
		return err
	}
	defer func() {
		if rerr := os.Remove(temp.Name()); err == nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}()
	if err := temp.Close(); err != nil {
		return err
	}
	if err := initialise(temp.Name()); err != nil {
		return err
	}
	switch err := os.Link(temp.Name(), path); {
	case err == nil:
	case errors.Is(err, fs.ErrExist):
		return nil
	default:
		// This file system has no hard links. A crash now can leave an incomplete file,
		// which Open refuses.
		if err := copyNew(temp.Name(), path); err != nil {
			if errors.Is(err, fs.ErrExist) {
				return nil
			}
			return err
		}
	}
	return syncDir(dir)
}

// initialise turns the empty file at path into an empty store and forces it to the
// device.
func initialise(path string) error {
	db, err := bolt.Open(path, fileMode, &bolt.Options{PageSize: pageBytes, Timeout: 1})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(recordsBucket); err != nil {
			return err
		}
		if err := meta.Put(formatKey, encodeFormat(FormatVersion)); err != nil {
			return err
		}
		return meta.Put(stateKey, state{tx: uint64(tx.ID()), id: newID()}.encode())
	})
	return errors.Join(err, db.Close())
}

func copyNew(from, to string) (err error) {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("making %s: %w", to, err), os.Remove(to))
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
