package cluster

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var oddIDs = []string{"", "a", "A", "a.b", "a b", " ", "*", ">", "=", "==", "=YQ", "é", "e\u0301", "\x00", "\xff\xfe", "a\nb", "$JS", "sync",
	strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("é", 300), strings.Repeat("x", 70_000)}

func TestIDsOfAnyBytesHaveSubjectsOfTheirOwn(t *testing.T) {
	s := subjects{"SESSIONS", 7}
	seen := map[string][2]string{}
	for _, workspace := range oddIDs {
		for _, id := range oddIDs {
			subject := s.session(workspace, id)
			assert.NotContains(t, seen, subject, "%q %q", workspace, id)
			seen[subject] = [2]string{workspace, id}
			requireLegal(t, s, subject, workspace, id)
		}
	}
}

func requireLegal(t testing.TB, s subjects, subject, workspace, id string) {
	t.Helper()
	require.NotContains(t, subject, "..")
	require.False(t, strings.ContainsAny(subject, " \t\r\n*>\x00"), "%q", subject)
	require.Less(t, len(subject), 600)
	a, ok := s.parse(subject)
	require.True(t, ok, "%q", subject)
	require.Equal(t, address{partition: PartitionOf(workspace, s.count), workspace: token(workspace), id: token(id)}, a)
}

func FuzzToken(f *testing.F) {
	for i, id := range oddIDs {
		f.Add(id, oddIDs[(i+1)%len(oddIDs)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := subjects{"S", 16}
		requireLegal(t, s, s.session(a, b), a, b)
		assert.Equal(t, a == b, token(a) == token(b))
	})
}

func TestOtherSubjectsAreNotSessions(t *testing.T) {
	s := subjects{"SESSIONS", 4}
	for _, subject := range []string{"", "SESSIONS", "SESSIONS.", "OTHER.0.w.i", "SESSIONS.4.w.i", "SESSIONS.-1.w.i", "SESSIONS.00.w.i", "SESSIONS.0.w", "SESSIONS.0.w.", "SESSIONS.0..i", "SESSIONS.0.w.i.j", "SESSIONS.sync", "SESSIONS.sync."} {
		_, ok := s.parse(subject)
		assert.False(t, ok, subject)
	}
	a, ok := s.parse(s.sync("n1"))
	assert.True(t, ok)
	assert.Equal(t, "n1", a.node)
}
