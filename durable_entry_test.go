package sessiondex

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADamagedRecordIsNamed(t *testing.T) {
	_, err := entryOf("s-1", []byte{0xff})
	require.ErrorIs(t, err, ErrCorrupt)
	require.EqualError(t, err, `file is damaged: record "s-1": flags 0xff are not known`)
}
