package generate_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/generate"
)

// Graded lists that were written elsewhere become a collection to train on.
func ExampleImportLists() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	lists := filepath.Join(dir, "lists.jsonl")
	if err := os.WriteFile(lists, []byte(`{"query": "what is drag", "documents": [{"text": "a force", "grade": 3}, {"text": "tea", "grade": 0}]}`+"\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	summary, err := generate.ImportLists(generate.ListOptions{Out: filepath.Join(dir, "out"), Split: "train", Paths: []string{lists}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Queries, summary.Documents, summary.Grades)
	// Output: 1 2 map[0:1 3:1]
}
