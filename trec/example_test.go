package trec_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/trec"
)

// The order is that of the scores, ties by document id descending, whatever the column of ranks says.
func ExampleReadRun() {
	path := filepath.Join(os.TempDir(), "example.run")
	if err := os.WriteFile(path, []byte("q1 Q0 a 1 0.5 mine\nq1 Q0 b 2 0.5 mine\nq1 Q0 c 3 0.9 mine\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(path)
	run, err := trec.ReadRun(path)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range run.Rankings["q1"] {
		fmt.Println(d.DocID, d.Score)
	}
	// Output:
	// c 0.9
	// b 0.5
	// a 0.5
}

func ExampleFuseRanks() {
	words := trec.Run{Tag: "bm25", Rankings: map[string][]trec.Scored{"q1": {{DocID: "a", Score: 12}, {DocID: "b", Score: 9}}}}
	vectors := trec.Run{Tag: "dense", Rankings: map[string][]trec.Scored{"q1": {{DocID: "b", Score: 0.8}, {DocID: "c", Score: 0.7}}}}
	fused, err := trec.FuseRanks(2, words, vectors)
	if err != nil {
		log.Fatal(err)
	}
	fused.Tag = "hybrid"
	var text strings.Builder
	if err := fused.Write(&text); err != nil {
		log.Fatal(err)
	}
	fmt.Print(text.String())
	// Output:
	// q1 Q0 b 1 0.03252247488101534 hybrid
	// q1 Q0 a 2 0.01639344262295082 hybrid
}
