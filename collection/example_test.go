package collection_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
)

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "tiny")
	collection.Write(dir, func(w *collection.Writer) error {
		return w.Document(collection.Document{ID: "d1", Title: "Wings", Text: "Lift of a wing in a slipstream."})
	})

	c, err := collection.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for document, err := range c.Documents() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(document.ID, document.Content())
	}
	// Output: d1 Wings Lift of a wing in a slipstream.
}
