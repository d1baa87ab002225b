package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/sessiondex/sessiondex/store"
)

func TestRecordsSurviveReopening(t *testing.T) {
	for _, mode := range []store.SyncMode{store.SyncAlways, store.SyncSystem} {
		t.Run(mode.String(), func(t *testing.T) {
			path := newPath(t)
			o := &store.Options{Sync: mode}
			s := open(t, path, o)
			require.NoError(t, s.Apply(puts(map[string]string{"a": "1", "b": "2", "c": "3"})))
			require.NoError(t, s.Apply(store.Write{Put: []store.Record{{ID: "b", Value: []byte("two")}, {ID: "d"}}, Delete: []string{"a", "never there"}}))
			want := map[string]string{"b": "two", "c": "3", "d": ""}
			assert.Equal(t, want, contents(t, s))
			require.NoError(t, s.Close())

			s = open(t, path, o)
			assert.Equal(t, 3, s.Len())
			assert.Equal(t, want, contents(t, s))
		})
	}
}

func TestANewStoreIsEmptyAndPrivate(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	assert.Zero(t, s.Len())
	assert.Empty(t, contents(t, s))
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "something is left beside the file")
}

func TestLargeValuesAndIDs(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	r := seedFrom(t)
	want := map[string]string{
		"":                                    "",
		"small":                               "x",
		"page":                                randomValue(r, 4096),
		"large":                               randomValue(r, 3<<20),
		strings.Repeat("long id ", 99):        "of some pages in a branch",
		strings.Repeat("k", store.MaxIDBytes): randomValue(r, 5000),
		"\x00\xff\x00":                        "an id is any bytes",
	}
	delete(want, "")
	for id, value := range want {
		require.NoError(t, s.Apply(put(id, value)))
	}
	assert.Equal(t, want, contents(t, s))
	want["large"] = randomValue(r, 1<<20)
	require.NoError(t, s.Apply(put("large", want["large"])))
	for id, value := range sample(r, 200) {
		want[id] = value
	}
	require.NoError(t, s.Apply(puts(want)))
	require.NoError(t, s.Close())
	assert.Equal(t, want, contents(t, open(t, path, nil)))
}

func TestAFaultyWriteNamesWhatIsWrongAndChangesNothing(t *testing.T) {
	s := open(t, newPath(t), nil)
	require.NoError(t, s.Apply(put("a", "1")))
	tooLong := strings.Repeat("x", store.MaxIDBytes+1)
	for name, c := range map[string]struct {
		w    store.Write
		text string
	}{
		"empty id put":     {store.Write{Put: []store.Record{{ID: "b"}, {}}}, "Put[1]: id is empty"},
		"empty id deleted": {store.Write{Delete: []string{""}}, "Delete[0]: id is empty"},
		"long id":          {store.Write{Put: []store.Record{{ID: tooLong}}}, "longer than 32768 bytes"},
		"put twice":        {store.Write{Put: []store.Record{{ID: "b"}, {ID: "c"}, {ID: "b"}}}, `id "b" stands more than once`},
		"put and deleted":  {store.Write{Put: []store.Record{{ID: "b"}}, Delete: []string{"b"}}, `id "b" stands more than once`},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Apply(c.w)
			require.ErrorIs(t, err, store.ErrInvalid)
			assert.ErrorContains(t, err, c.text)
			assert.Less(t, len(err.Error()), 500)
		})
	}
	assert.Equal(t, map[string]string{"a": "1"}, contents(t, s))
}

func TestFaultyOptionsAreReportedTogether(t *testing.T) {
	_, err := store.Open(newPath(t), &store.Options{Timeout: -1, Sync: 7})
	require.ErrorIs(t, err, store.ErrInvalid)
	for _, text := range []string{"Options.Timeout is -1ns", "Options.Sync is SyncMode(7)"} {
		assert.ErrorContains(t, err, text)
	}
	_, err = store.Open("", nil)
	require.ErrorIs(t, err, store.ErrInvalid)
}

func TestAClosedStoreSaysSo(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	require.NoError(t, s.Apply(put("a", "1")))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Apply(put("b", "2")), store.ErrClosed)
	require.ErrorIs(t, s.Verify(t.Context()), store.ErrClosed)
	require.ErrorIs(t, s.Sync(), store.ErrClosed)
	_, err := s.Backup(context.Background(), &bytes.Buffer{})
	require.ErrorIs(t, err, store.ErrClosed)
	_, err = load(t, s)
	require.ErrorIs(t, err, store.ErrClosed)
	_, err = s.Stats()
	require.ErrorIs(t, err, store.ErrClosed)
}

func TestCloseEndsALoadUnderWay(t *testing.T) {
	s := open(t, newPath(t), nil)
	require.NoError(t, s.Apply(puts(sample(seedFrom(t), 2000))))
	closed := make(chan error)
	n := 0
	var last error
	for _, err := range s.Load(t.Context()) {
		if n == 0 {
			go func() { closed <- s.Close() }()
			for s.Apply(store.Write{}) == nil { // until Close has begun
				runtime.Gosched()
			}
		}
		n++
		last = err
	}
	require.ErrorIs(t, last, store.ErrClosed)
	assert.Less(t, n, 2000)
	require.NoError(t, <-closed)
}

func TestALoadCanBeLeftAndCancelled(t *testing.T) {
	s := open(t, newPath(t), nil)
	require.NoError(t, s.Apply(puts(sample(seedFrom(t), 2000))))
	for range s.Load(t.Context()) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n := 0
	for _, err := range s.Load(ctx) {
		cancel()
		n++
		last = err
	}
	require.ErrorIs(t, last, ctx.Err())
	assert.Less(t, n, 2000)
	require.ErrorIs(t, s.Verify(ctx), ctx.Err())
	assert.Len(t, contents(t, s), 2000)
}

func TestALoadSeesOneVersionWhileWritesGoOn(t *testing.T) {
	s := open(t, newPath(t), nil)
	want := sample(seedFrom(t), 1000)
	require.NoError(t, s.Apply(puts(want)))
	got := map[string]string{}
	for r, err := range s.Load(t.Context()) {
		require.NoError(t, err)
		got[r.ID] = string(r.Value)
		if len(got)%100 == 1 { // replace, delete and insert before and after the current record
			require.NoError(t, s.Apply(put(r.ID, "changed")))
			require.NoError(t, s.Apply(put("z"+r.ID, strings.Repeat("new", 2000))))
			for id := range want {
				if id > r.ID {
					require.NoError(t, s.Apply(store.Write{Delete: []string{id}}))
					break
				}
			}
		}
	}
	assert.Equal(t, want, got)
}

func TestTheCallerOwnsWhatItPassesAndGets(t *testing.T) {
	s := open(t, newPath(t), nil)
	value := []byte("original")
	w := store.Write{Put: []store.Record{{ID: "a", Value: value}}}
	require.NoError(t, s.Apply(w))
	copy(value, "SPOILED!")
	for r, err := range s.Load(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, "original", string(r.Value))
		copy(r.Value, "SPOILED!")
	}
	assert.Equal(t, map[string]string{"a": "original"}, contents(t, s))
}

func TestACopyMadeWhileInUseIsAStore(t *testing.T) {
	s := open(t, newPath(t), nil)
	r := seedFrom(t)
	want := sample(r, 3000)
	require.NoError(t, s.Apply(puts(want)))

	copyPath := newPath(t)
	f, err := os.OpenFile(copyPath, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	n, err := s.Backup(context.Background(), writerFunc(func(b []byte) (int, error) {
		// Every page may be changed while the copy is made.
		if err := s.Apply(puts(sample(r, 20))); err != nil {
			return 0, err
		}
		return f.Write(b)
	}))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	info, err := os.Stat(copyPath)
	require.NoError(t, err)
	assert.Equal(t, info.Size(), n)
	assert.Greater(t, s.Len(), len(want), "no write happened meanwhile")

	c := open(t, copyPath, nil)
	assert.Equal(t, want, contents(t, c))
	for i := range 4 { // over both header pages of the copy
		want["new"] = strings.Repeat("x", i)
		require.NoError(t, c.Apply(put("new", want["new"])))
		assert.Equal(t, want, contents(t, c))
	}
}

func TestACopyThatCannotBeWrittenSaysWhy(t *testing.T) {
	s := open(t, newPath(t), nil)
	_, err := s.Backup(context.Background(), writerFunc(func([]byte) (int, error) { return 0, fs.ErrPermission }))
	require.ErrorIs(t, err, fs.ErrPermission)
	require.NoError(t, s.Apply(put("a", "1")))
}

func TestFreedSpaceIsUsedAgain(t *testing.T) {
	s := open(t, newPath(t), &store.Options{Sync: store.SyncSystem})
	r := seedFrom(t)
	all := sample(r, 5000)
	require.NoError(t, s.Apply(puts(all)))
	before, err := s.Stats()
	require.NoError(t, err)
	assert.Equal(t, 5000, before.Records)
	assert.EqualValues(t, 1, before.Transactions)
	for range 5 {
		var w store.Write
		for id := range all {
			w.Delete = append(w.Delete, id)
		}
		require.NoError(t, s.Apply(w))
		assert.Zero(t, s.Len())
		all = sample(r, 5000)
		require.NoError(t, s.Apply(puts(all)))
	}
	after, err := s.Stats()
	require.NoError(t, err)
	assert.Less(t, after.UsedBytes, before.UsedBytes*5/2)
	assert.Positive(t, after.FreeBytes)
	assert.GreaterOrEqual(t, after.FileBytes, after.UsedBytes)
	assert.Equal(t, all, contents(t, s))
}

func TestARelativePathOutlivesAChangeOfDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := store.Open("store.db", nil)
	require.NoError(t, err)
	defer s.Close()
	assert.True(t, filepath.IsAbs(s.Path()))
	t.Chdir(t.TempDir())
	require.NoError(t, s.Apply(put("a", "1")))
}

func TestANewerFileIsRefusedWithBothVersions(t *testing.T) {
	path := newPath(t)
	s, err := store.Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	inBolt(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), store.EncodeFormat(7))
	})
	for _, o := range []*store.Options{nil, {ReadOnly: true}} {
		_, err = store.Open(path, o)
		require.ErrorIs(t, err, store.ErrVersion)
		assert.ErrorContains(t, err, "version 7")
		assert.ErrorContains(t, err, fmt.Sprint("supported version ", store.FormatVersion))
	}
}

func TestANewerRecordIsRefusedWithBothVersions(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &store.Options{RecordVersion: 1})
	require.NoError(t, s.Apply(put("old", "1")))
	require.NoError(t, s.Close())

	s, err := store.Open(path, &store.Options{RecordVersion: 3})
	require.NoError(t, err)
	require.NoError(t, s.Apply(put("young", "3")))
	versions := map[string]uint8{}
	for r, err := range s.Load(t.Context()) {
		require.NoError(t, err)
		versions[r.ID] = r.Version
	}
	assert.Equal(t, map[string]uint8{"old": 1, "young": 3}, versions)
	require.NoError(t, s.Close())

	s, err = store.Open(path, &store.Options{RecordVersion: 2})
	require.NoError(t, err)
	_, err = load(t, s)
	require.ErrorIs(t, err, store.ErrVersion)
	assert.ErrorContains(t, err, `record "young" has version 3`)
	assert.ErrorContains(t, err, "supported version 2")
	require.ErrorIs(t, s.Apply(put("x", "")), store.ErrVersion, "a program that cannot read the file writes to it")
	require.NoError(t, s.Close())

	s, err = store.Open(path, &store.Options{RecordVersion: 3}) // for the check at the end of the first
	require.NoError(t, err)
	require.NoError(t, s.Apply(store.Write{Delete: []string{"young"}}))
	require.NoError(t, s.Close())
}

func TestAFileThatIsNoStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	foreign := filepath.Join(dir, "foreign.db")
	db, err := bolt.Open(foreign, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("somebody else's"))
		return err
	}))
	require.NoError(t, db.Close())

	for path, text := range map[string]string{
		file("empty.db", ""): "it is empty (0 bytes)",
		file("sessions.jsonl", strings.Repeat("{}\n", 9999)): "the file is no store",
		file("short.db", "abc"):                              "the file is no store",
		foreign:                                              "expected the buckets of a store",
		dir:                                                  "no regular file",
	} {
		before, _ := os.ReadFile(path)
		for _, o := range []*store.Options{nil, {ReadOnly: true}} {
			_, err := store.Open(path, o)
			require.Error(t, err, path)
			assert.ErrorContains(t, err, text)
			assert.ErrorContains(t, err, path)
		}
		after, _ := os.ReadFile(path)
		assert.Equal(t, before, after, "%s was changed", path)
	}
}

func TestAMissingFileIsAnErrorForReaders(t *testing.T) {
	path := newPath(t)
	_, err := store.Open(path, &store.Options{ReadOnly: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.NoFileExists(t, path)
	_, err = store.Open(filepath.Join(path, "in", "no", "directory"), nil)
	require.Error(t, err)
	assert.ErrorContains(t, err, path)
}

func inBolt(t testing.TB, path string, fn func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(fn))
	require.NoError(t, db.Close())
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
