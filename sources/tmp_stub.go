package sources
import ("context"; "github.com/sessiondex/sessiondex")
type Report struct{}
func Follow(ctx context.Context, e *sessiondex.Engine, srcs []Source, o *Options) error { return nil}
