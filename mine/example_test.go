package mine_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/mine"
	"github.com/gradus-ir/gradus/trec"
)

// Of what a run ranks high, the positive and what is a copy of it or as good as it are no negatives.
func ExampleNegatives() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"queries.jsonl": `{"_id": "q1", "text": "lift of a wing"}`,
		"corpus.jsonl": `{"_id": "right", "text": "How a wing lifts"}
{"_id": "copy", "text": "how a wing lifts."}
{"_id": "better", "text": "Lift, explained"}
{"_id": "wrong", "text": "The wings of a house"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	c, err := collection.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	qrels := trec.Qrels{"q1": {"right": 1}}
	run := trec.Run{Rankings: map[string][]trec.Scored{"q1": {{DocID: "better", Score: 0.9}, {DocID: "right", Score: 0.8}, {DocID: "copy", Score: 0.79}, {DocID: "wrong", Score: 0.6}}}}
	negatives, report, err := mine.Negatives(c, qrels, run, mine.Options{Margin: mine.Margin{Percent: 5}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(negatives["q1"], report.Positives, report.Duplicates, report.Margin)
	// Output: [wrong] 1 1 1
}
