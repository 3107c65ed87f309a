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

// TestRandomRuns holds every measure against pytrec_eval, ir_measures, cwl_eval and
// gdeval.pl on recorded random runs; bench/measures/random_runs.py made them, and compares many more.
func TestRandomRuns(t *testing.T) {
	file, err := os.Open("testdata/random_runs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	cases, compared, families := 0, 0, map[string]bool{}
	for lines.Scan() {
		cases++
		var c struct {
			Qrels  trec.Qrels
			Run    map[string]map[string]float64
			Values map[measure.Measure][]*float64 // in the order of the sorted queries; null where the programs differ on purpose
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
			families[m.String()] = true
			results := measure.NewEvaluator(c.Qrels, measure.Rules{CountIrrelevant: true}, m).Run(run)
			for i, queryID := range results.QueryIDs {
				if want[i] == nil {
					continue
				}
				compared++
				if got := results.Values[0][i]; math.Abs(got-*want[i]) > 1e-8 { // nine decimals are recorded
					t.Errorf("case %d, %v of %s: want %.9f, got %.9f", cases, m, queryID, *want[i], got)
				}
			}
		}
	}
	if cases < 100 || compared < 14_000 || len(families) < 59 {
		t.Errorf("want at least 100 cases, 14,000 values and 59 measures, got %d, %d and %d", cases, compared, len(families))
	}
}
