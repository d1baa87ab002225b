//go:build unix

package sources_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/sources"
)

// Whatever characters are in the words.
func TestAShellReadsTheWordsOfShellLine(t *testing.T) {
	shell, err := exec.LookPath("sh")
	require.NoError(t, err)
	for _, word := range []string{"plain", "two words", "$(touch x)", "`id`", "it's", "", "-n", "a;b", "*", "~", "ä", "a\nb", `\`} {
		out, err := exec.Command(shell, "-c", sources.ShellLine("/", []string{"printf", "%s|", word, "end"})).Output()
		require.NoError(t, err, "%q", word)
		require.Equal(t, word+"|end|", string(out), word)
	}
}
