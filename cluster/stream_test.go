package cluster

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logTo sends a node's log to the test's.
func logTo(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func TestEnsureMakesTheStreamOnce(t *testing.T) {
	nc, o := stream(t)
	made, err := Ensure(t.Context(), nc, &o)
	require.NoError(t, err)
	assert.True(t, made.Created)
	assert.Contains(t, made.Warnings[0], "is on 1 of the servers")
	again, err := Ensure(t.Context(), nc, &o)
	require.NoError(t, err)
	assert.False(t, again.Created)

	s, err := jetStream(t, nc).Stream(t.Context(), o.Stream)
	require.NoError(t, err)
	err = s.Purge(t.Context())
	assert.ErrorContains(t, err, "not permitted", "a purge would be seen by no node")
	assert.Error(t, s.DeleteMsg(t.Context(), 1))
}

func TestEnsureListsEveryDifference(t *testing.T) {
	nc, o := stream(t)
	_, err := jetStream(t, nc).CreateStream(t.Context(), jetstream.StreamConfig{
		Name: o.Stream, Subjects: []string{o.Stream + ".other"}, MaxAge: time.Hour, Replicas: 1, Duplicates: time.Second,
	})
	require.NoError(t, err)
	_, err = Ensure(t.Context(), nc, &o)
	require.ErrorIs(t, err, ErrForeignStream)
	var foreign *StreamError
	require.ErrorAs(t, err, &foreign)
	assert.Equal(t, o.Stream, foreign.Stream)
	for _, want := range []string{"subjects are", "format", "number of partitions", "max_msgs_per_subject is -1, must be 1", "max_age is 1h0m0s, must be 0s", "discard",
		"deny_delete", "deny_purge", "allow_msg_ttl", "allow_atomic", "duplicate_window is 1s, must be at least 2m0s"} {
		assert.ErrorContains(t, err, want)
	}
	assert.Len(t, foreign.Differences, 11)
}

func TestEnsureRefusesAnotherNumberOfPartitions(t *testing.T) {
	nc, o := stream(t)
	o.PartitionCount = 4
	_, err := Ensure(t.Context(), nc, &o)
	require.NoError(t, err)
	o.PartitionCount = 8
	_, err = Ensure(t.Context(), nc, &o)
	require.ErrorIs(t, err, ErrForeignStream)
	assert.ErrorContains(t, err, "is 4, must be 8")
}

// A user without the right to read the servers' settings is warned that it cannot check.
func TestEnsureWarnsOfLazySyncing(t *testing.T) {
	for _, always := range []bool{false, true} {
		s, err := startServer(t.TempDir(), func(o *server.Options) {
			o.SyncAlways = always
			sys, app := server.NewAccount("SYS"), server.NewAccount("APP")
			o.Accounts, o.SystemAccount = []*server.Account{sys, app}, "SYS"
			o.Users = []*server.User{{Username: "sys", Password: "p", Account: sys}, {Username: "app", Password: "p", Account: app}}
		})
		require.NoError(t, err)
		t.Cleanup(s.Shutdown)
		nc, err := nats.Connect(s.ClientURL(), nats.UserInfo("sys", "p"))
		require.NoError(t, err)
		defer nc.Close()
		warnings := syncWarnings(t.Context(), nc)
		if always {
			assert.Empty(t, warnings)
		} else {
			require.Len(t, warnings, 1)
			assert.Contains(t, warnings[0], "every 2m0s")
		}
	}
	nc, _ := stream(t)
	assert.Contains(t, syncWarnings(context.Background(), nc)[0], "can't be seen")
}
