package cluster

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
)

func TestALeaderIsBelievedUpToWhenItHeardFromAMajority(t *testing.T) {
	info := func(replicas int, leader string, peers ...*jetstream.PeerInfo) *jetstream.StreamInfo {
		return &jetstream.StreamInfo{Config: jetstream.StreamConfig{Replicas: replicas}, Cluster: &jetstream.ClusterInfo{Leader: leader, Replicas: peers}}
	}
	heard := func(d time.Duration) *jetstream.PeerInfo { return &jetstream.PeerInfo{Active: d} }
	const s = time.Second
	for _, c := range []struct {
		info  *jetstream.StreamInfo
		age   time.Duration
		known bool
	}{
		{&jetstream.StreamInfo{Config: jetstream.StreamConfig{Replicas: 1}}, 0, true},
		{info(1, "a"), 0, true},
		{info(3, "a", heard(9*s), heard(2*s)), 2 * s, true},
		{info(5, "a", heard(9*s), heard(2*s), heard(4*s), heard(1*s)), 2 * s, true},
		{info(3, "", heard(s), heard(s)), 0, false},
		{info(3, "a"), 0, false},
		{info(3, "a", heard(0), heard(0)), 0, false},
		{info(3, "a", &jetstream.PeerInfo{Active: s, Offline: true}, heard(5*s)), 5 * s, true},
	} {
		age, known := silence(c.info)
		assert.Equal(t, c.known, known, "%+v", c.info.Cluster)
		assert.Equal(t, c.age, age)
	}
}
