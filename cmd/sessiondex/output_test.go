package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEscapingWriterTakesCharactersSplitAcrossWrites(t *testing.T) {
	var out bytes.Buffer
	w := &escapingWriter{w: &out}
	for _, b := range []byte(`"é日` + "\u202e\U000e0041" + `x"`) {
		n, err := w.Write([]byte{b})
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	assert.Equal(t, `"é日\u202e\udb40\udc41x"`, out.String())
	var text string
	require.NoError(t, json.Unmarshal(out.Bytes(), &text))
	assert.Equal(t, "é日\u202e\U000e0041x", text)
	_, err := (&escapingWriter{w: &output{w: brokenWriter{}}}).Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
