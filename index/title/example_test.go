package title_test

import (
	"context"
	"fmt"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/fold"
)

func Example() {
	x, err := title.New(nil)
	if err != nil {
		panic(err)
	}
	defer x.Close()
	v := x.Apply([]title.Change{
		{Ord: 0, Text: fold.String("Invoice review")},
		{Ord: 1, Text: fold.String("Voice assistant")},
		{Ord: 2, Text: fold.String("Bi-Weekly report")},
	})
	x.Apply([]title.Change{{Ord: 1, Text: fold.String("Chat assistant")}})

	ctx := context.Background()
	before, _, _ := v.Search(ctx, "voice")
	after, _, _ := x.View().Search(ctx, "voice")
	phrase, _, _ := x.View().Search(ctx, "weekly rep")
	fmt.Println(before.List, after.List, phrase.List)
	// Output: [0 1] [0] [2]
}
