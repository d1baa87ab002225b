//go:build !js

package store

import (
	"errors"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// A deletion needs pages too, since bbolt writes changed pages to new ones. So that
// deleting works on a full disk, where it is the way out, the file holds a value that
// can be dropped to free pages. The next write that finds room for it makes it again.
const (
	// The reserve is a part of the file, within bounds.
	reservePart = 16
	minReserve  = 128 << 10
	maxReserve  = 8 << 20
	// reserveFrom is the size of the contents from which there is a reserve: in a
	// smaller file, the pages that the last transactions freed are enough.
	reserveFrom = 512 << 10
)

var reserveKey = []byte("reserve")

// How a transaction changes the reserve.
const (
	keepReserve = iota
	growReserve
	dropReserve
)

// setReserve makes, enlarges or drops the reserve.
func setReserve(tx *bolt.Tx, what int) error {
	switch what {
	case dropReserve:
		if tx.Bucket(reserveBucket) == nil {
			return errNoReserve
		}
		return tx.DeleteBucket(reserveBucket)
	case growReserve:
		want := 0
		if tx.Size() >= reserveFrom {
			want = int(min(max(tx.Size()/reservePart, minReserve), maxReserve))
		}
		b := tx.Bucket(reserveBucket)
		if b != nil && 2*len(b.Get(reserveKey)) >= want || b == nil && want == 0 {
			return nil
		}
		b, err := tx.CreateBucketIfNotExists(reserveBucket)
		if err != nil {
			return err
		}
		return b.Put(reserveKey, make([]byte, want))
	}
	return nil
}

var errNoReserve = errors.New("no room is left that was kept for deletions")

func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
