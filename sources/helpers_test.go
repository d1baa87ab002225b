package sources_test

import (
	"context"
	"sync/atomic"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// counting counts the items that a reader reads.
type counting struct {
	sources.Reader
	n atomic.Int64
}

func (c *counting) Read(ctx context.Context, root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	c.n.Add(1)
	return c.Reader.Read(ctx, root, it, o)
}
