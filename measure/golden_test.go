package measure_test

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// TestRandomRuns holds every measure against pytrec_eval and ir_measures on
// recorded random runs; bench/measures/golden.py made them.
func TestRandomRuns(t *testing.T) {
	file, err := os.Open("testdata/random_runs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	cases, compared := 0, 0
	for lines.Scan() {
		cases++
		var c struct {
			Qrels  trec.Qrels
			Run    map[string]map[string]float64
			Values map[measure.Measure][]float64
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("case %d: %v", cases, err)
		}
		run := trec.Run{Rankings: make(map[string][]trec.Scored)}
		for queryID, docs := range c.Run {
			for docID, score := range docs {
				run.Rankings[queryID] = append(run.Rankings[queryID], trec.Scored{DocID: docID, Score: score})
			}
		}
		for m, want := range c.Values {
			results := measure.Evaluate(c.Qrels, run, m)
			got := make(map[string]float64)
			for i, queryID := range results.QueryIDs {
				got[queryID] = results.Values[0][i]
			}
			for i, queryID := range sortedKeys(c.Qrels) {
				value, counts := got[queryID]
				if !counts { // no document is relevant: we leave the query out
					continue
				}
				compared++
				if math.Abs(value-want[i]) > 1e-8 {
					t.Errorf("case %d, %v of %s: want %.9f, got %.9f", cases, m, queryID, want[i], value)
				}
			}
		}
	}
	if cases < 200 || compared < 4000 {
		t.Errorf("want at least 200 cases and 4000 values, got %d and %d", cases, compared)
	}
}
