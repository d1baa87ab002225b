package sources

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// walk lists the files below root/dir that take accepts, in the order of their paths;
// also is what an item's stamp depends on in addition to the file itself. A directory that
// cannot be read is an error, since the listing would be incomplete; a missing one has
// no files. Symbolic links are not followed, since they may form cycles.
func walk(ctx context.Context, root, dir string, take func(rel string, d fs.DirEntry) (also string, ok bool)) ([]Item, error) {
	var items []Item
	base := filepath.Join(root, filepath.FromSlash(dir))
	err := filepath.WalkDir(base, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // missing, or gone since it was listed
			}
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !d.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		also, ok := take(rel, d)
		if !ok {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		items = append(items, Item{Path: rel, Stamp: stampOf(info) + also})
		return nil
	})
	return items, err
}

// fileStamp returns the stamp of a file that need not exist.
func fileStamp(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return "-"
	}
	return stampOf(info)
}

// stampOf returns a file's size, time and inode: a file that was rewritten in place or
// replaced has another stamp.
func stampOf(info fs.FileInfo) string {
	b := strconv.AppendInt(make([]byte, 0, 56), info.Size(), 36)
	b = strconv.AppendInt(append(b, '.'), info.ModTime().UnixNano(), 36)
	b = strconv.AppendUint(append(b, '.'), inode(info), 36)
	return string(append(b, ';'))
}

// stem returns a path's last element without its extension.
func stem(rel string) string {
	base := path.Base(rel)
	return base[:len(base)-len(path.Ext(base))]
}
