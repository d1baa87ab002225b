package title

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestASignatureAdmitsEveryPieceOfItsText(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 500, 20_000} {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "%x-", i*7919)
		}
		text := b.String()[:n]
		s := newSignature(text)
		for i := 0; i < n; i += 1 + n/300 {
			for k := i + 1; k <= min(n, i+9); k++ {
				assert.True(t, s.mayContain(appendTriples(nil, text[i:k])), "%q", text[i:k])
			}
		}
		assert.False(t, s.mayContain(appendTriples(nil, "zzzyyyzzz")), n)
	}
}
