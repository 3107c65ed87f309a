package exchange_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/exchange"
)

// Files of MS MARCO become a BEIR folder.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	in := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			log.Fatal(err)
		}
		return path
	}
	source := exchange.MSMARCO(exchange.Files{
		Documents: []string{in("collection.tsv", "7\tHow a wing lifts\n8\tTea\n")},
		Queries:   []string{in("queries.tsv", "1\tlift of a wing\n")},
		Qrels:     map[string]string{"test": in("qrels.tsv", "1 0 7 1\n")},
	})
	out := filepath.Join(dir, "beir")
	written, err := exchange.Write(context.Background(), source, out, exchange.WriteOptions{Verb: "import"})
	if err != nil {
		log.Fatal(err)
	}
	corpus, err := os.ReadFile(filepath.Join(out, "corpus.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(written.Documents, " documents\n", string(corpus))
	// Output:
	// 2 documents
	// {"_id":"7","title":"","text":"How a wing lifts"}
	// {"_id":"8","title":"","text":"Tea"}
}
