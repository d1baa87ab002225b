package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sessiondex/sessiondex/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "records.db")

	s, err := store.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	w := store.Write{Put: []store.Record{{ID: "b", Value: []byte("two")}, {ID: "a", Value: []byte("one")}}}
	if err := s.Apply(w); err != nil {
		log.Fatal(err)
	}
	if err := s.Close(); err != nil {
		log.Fatal(err)
	}

	s, err = store.Open(path, &store.Options{ReadOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for r, err := range s.Load(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s = %s\n", r.ID, r.Value)
	}
	// Output:
	// a = one
	// b = two
}
