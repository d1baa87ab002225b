//go:build unix

package sessiondex_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// positionChildEnv makes the test binary the writer of the kill test, on the file that it
// names.
const positionChildEnv = "SESSIONDEX_POSITION_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(positionChildEnv); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	if path := os.Getenv(followerChildEnv); path != "" {
		fmt.Fprintln(os.Stderr, followUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func killOptions() *sessiondex.Options {
	return &sessiondex.Options{ScanTitles: true, KeepChanges: 100, MembersInFile: true}
}

// writeUntilKilled makes one transaction after the other. Number n sets the position
// to n, puts n's session, and deletes the one ten before. It prints n when it is
// confirmed.
func writeUntilKilled(path string) error {
	e, err := sessiondex.Open(path, killOptions())
	if err != nil {
		return err
	}
	n := positionOf(e)
	for {
		n++
		err := e.Tx(context.Background(), func(tx *sessiondex.Tx) error {
			tx.SetLogPosition("n", binary.BigEndian.AppendUint64(nil, n))
			if n > 10 {
				if _, err := tx.Delete(killID(n - 10)); err != nil {
					return err
				}
			}
			return tx.Put(plain(killID(n), int(n), withMembers("", int(n%7)*500)))
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func killID(n uint64) string { return fmt.Sprintf("%08d", n) }

func positionOf(e *sessiondex.Engine) uint64 {
	if p := e.LogPosition("n"); p != nil {
		return binary.BigEndian.Uint64(p)
	}
	return 0
}

// TestKillBetweenSessionsAndTheirPosition kills a process in the middle of its
// transactions, again and again: sessions, position, mark and feed always agree.
func TestKillBetweenSessionsAndTheirPosition(t *testing.T) {
	r := testrand.New(t)
	path := filepath.Join(t.TempDir(), "sessions.db")
	var follower replica
	last := uint64(0)
	for round := range killRounds(t) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), positionChildEnv+"="+path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range 1 + r.IntN(5) {
			require.True(t, lines.Scan(), "the writer failed")
			last, err = strconv.ParseUint(lines.Text(), 10, 64)
			require.NoError(t, err)
		}
		time.AfterFunc(time.Duration(r.IntN(2000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			last, err = strconv.ParseUint(lines.Text(), 10, 64)
			require.NoError(t, err)
		}
		_ = cmd.Wait()

		e, err := sessiondex.Open(path, killOptions())
		require.NoError(t, err, "round %d", round)
		n := positionOf(e)
		assert.Contains(t, []uint64{last, last + 1}, n, "round %d: a confirmed transaction is lost", round)
		assert.Equal(t, n, e.Mark().Number)
		ids := idsOf(all(t, e, query.Query{SortDirection: query.Asc}))
		first := max(n, 10) - 9
		require.Len(t, ids, int(n-first+1), "round %d", round)
		for i, id := range ids {
			require.Equal(t, killID(first+uint64(i)), id, "round %d", round)
		}
		require.NoError(t, e.Verify(t.Context()))

		// A follower that was stopped with the process goes on where it was.
		if follower.sessions == nil {
			follower.begin(t, e.Snapshot())
		}
		follower.follow(t, e, e.Mark())
		follower.requireEqual(t, e)
		require.NoError(t, e.Close())
		last = n
	}
}

// followerChildEnv makes the test binary a follower with a file of its own.
const followerChildEnv = "SESSIONDEX_FOLLOWER_CHILD"

// followUntilKilled puts the commits that come on standard input into a file, each in one
// transaction with its mark, and prints every mark that is there.
func followUntilKilled(path string) error {
	e, err := sessiondex.Open(path, &sessiondex.Options{ScanTitles: true})
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", e.LogPosition("mark"))
	in := gob.NewDecoder(os.Stdin)
	for {
		var c sentCommit
		if err := in.Decode(&c); err != nil {
			return err
		}
		if err := e.Tx(context.Background(), func(tx *sessiondex.Tx) error {
			tx.SetLogPosition("mark", c.Mark)
			for _, change := range c.Changes {
				if change.After == nil {
					if n, err := tx.Delete(change.ID); n != 1 || err != nil {
						return fmt.Errorf("deleting %s, which the feed says was there: %d, %v", change.ID, n, err)
					}
				} else if err := tx.Put(*change.After); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		fmt.Printf("%s\n", c.Mark)
	}
}

// sentCommit is a commit on its way to the follower, to the byte.
type sentCommit struct {
	Mark    []byte
	Changes []sessiondex.Change
}

// TestAKilledFollowerHasAnEqualStore kills a process that follows the feed, again and
// again while others write: its file always has what there was at the mark in it, and in
// the end it has everything.
func TestAKilledFollowerHasAnEqualStore(t *testing.T) {
	r := testrand.New(t)
	source := newEngine(t, &sessiondex.Options{ScanTitles: true})
	path := filepath.Join(t.TempDir(), "follower.db")
	var twin replica // what there was at the follower's mark
	twin.begin(t, source.Snapshot())
	first := twin.mark
	for round := range killRounds(t) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), followerChildEnv+"="+path)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		require.True(t, lines.Scan(), "the follower failed: %s", &complaints)
		from := first
		if lines.Text() != "" {
			require.NoError(t, from.UnmarshalText(lines.Bytes()))
		}

		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		seed := r.Uint64()
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			// Not so far ahead that the feed forgets what the follower and its twin need.
			for ctx.Err() == nil {
				if source.Mark().Number < from.Number+100 {
					_ = source.Tx(ctx, randomTx(r))
				} else {
					time.Sleep(time.Millisecond)
				}
			}
		})
		wg.Go(func() {
			to := gob.NewEncoder(in)
			for c, err := range source.Changes(ctx, from) {
				if err != nil {
					return
				}
				mark, err := c.Mark.MarshalText()
				if err != nil || to.Encode(sentCommit{mark, c.Changes}) != nil {
					return // the follower is dead
				}
			}
		})
		for range 1 + r.IntN(5) {
			require.True(t, lines.Scan(), "the follower failed: %s", &complaints)
		}
		time.AfterFunc(time.Duration(r.IntN(2000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
		}
		_ = cmd.Wait()
		cancel()
		wg.Wait()
		require.Empty(t, complaints.String())

		e, err := sessiondex.Open(path, &sessiondex.Options{ScanTitles: true})
		require.NoError(t, err, "round %d", round)
		var mark sessiondex.Mark
		require.NoError(t, mark.UnmarshalText(e.LogPosition("mark")))
		twin.follow(t, source, mark)
		twin.requireEqual(t, e)
		require.NoError(t, e.Verify(t.Context()))
		require.NoError(t, e.Close())
	}
	twin.follow(t, source, source.Mark())
	twin.requireEqual(t, source)
}

// TestAKilledLoadLeavesTheFileEmpty, or filled if it was over.
func TestAKilledLoadLeavesTheFileEmpty(t *testing.T) {
	r := testrand.New(t)
	for range 5 {
		path := filepath.Join(t.TempDir(), "sessions.db")
		cmd := exec.Command(os.Args[0], "-test.run=^TestLoadInAProcess$")
		cmd.Env = append(os.Environ(), "SESSIONDEX_LOAD_CHILD="+path)
		require.NoError(t, cmd.Start())
		time.AfterFunc(time.Duration(50+r.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		e := openDurable(t, path, &sessiondex.Options{ScanTitles: true})
		if e.Len() > 0 {
			assert.Equal(t, 20_000, e.Len())
			assert.Equal(t, "all", string(e.LogPosition("load")))
		} else {
			assert.Nil(t, e.LogPosition("load"))
		}
	}
}

// TestLoadInAProcess is what TestAKilledLoadLeavesTheFileEmpty kills.
func TestLoadInAProcess(t *testing.T) {
	path := os.Getenv("SESSIONDEX_LOAD_CHILD")
	if path == "" {
		path = filepath.Join(t.TempDir(), "sessions.db")
	}
	e := openDurable(t, path, &sessiondex.Options{ScanTitles: true})
	n, err := e.Load(t.Context(), sequence(many(20_000, nil), nil), &sessiondex.LoadOptions{LogName: "load", LogPosition: []byte("all")})
	require.NoError(t, err)
	require.Equal(t, 20_000, n)
}
