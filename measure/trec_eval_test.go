package measure_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// TestTrecEvalsOwnFiles holds our values against those that trec_eval
// publishes for its own test files, query by query and overall, for every
// measure of its that we have. The files are not ours to ship:
//
//	git clone https://github.com/usnistgov/trec_eval
//	GRADUS_TREC_EVAL=trec_eval/test go test ./measure
//
// TestRandomRuns covers the same ground with recorded values of trec_eval's code.
func TestTrecEvalsOwnFiles(t *testing.T) {
	dir := os.Getenv("GRADUS_TREC_EVAL")
	if dir == "" {
		t.Skip("GRADUS_TREC_EVAL names no clone's test folder")
	}
	for _, c := range []struct {
		qrels, run, want string
		rel              int
	}{
		{"qrels.test", "results.test", "out.test.aq", 1},       // -m all_trec -q
		{"qrels.test", "results.trunc", "out.test.aqc", 1},     // -m all_trec -q -c: queries absent from the run
		{"qrels.rel_level", "results.test", "out.test.aql", 2}, // -m all_trec -q -l2
	} {
		qrels, err := trec.ReadQrels(filepath.Join(dir, c.qrels))
		if err != nil {
			t.Fatal(err)
		}
		run, err := trec.ReadRun(filepath.Join(dir, c.run))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, c.want))
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for line := range strings.Lines(string(text)) {
			columns := strings.Fields(line)
			name, ok := ourName(columns[0], c.rel)
			if !ok {
				continue
			}
			want, err := strconv.ParseFloat(columns[2], 64)
			if err != nil {
				t.Fatalf("%s: %v", c.want, err)
			}
			results := measure.Evaluate(qrels, run, parse(t, name))
			got := results.Mean(0)
			for i, queryID := range results.QueryIDs {
				if queryID == columns[1] {
					got = results.Values[0][i]
				}
			}
			compared++
			if math.Abs(got-want) > 0.00005+1e-9 {
				t.Errorf("%s, %s as %s of %s: want %.4f, got %.6f", c.want, columns[0], name, columns[1], want, got)
			}
		}
		if compared < 100 {
			t.Errorf("%s: want at least 100 values compared, got %d", c.want, compared)
		}
		t.Logf("%s: %d values", c.want, compared)
	}
}

// ourName is trec_eval's measure at a relevance level in our language; false where
// we have none such, or another by intent: IPrec, which trec_eval 10 rounds
// otherwise than 9 and pytrec_eval, and num_rel of -c, which leaves the level out of account.
func ourName(theirs string, rel int) (string, bool) {
	level := ""
	if rel > 1 {
		level = fmt.Sprintf("(rel=%d)", rel)
	}
	plain := map[string]string{
		"map": "AP", "recip_rank": "RR", "Rprec": "Rprec", "bpref": "Bpref", "infAP": "infAP", "num_rel_ret": "NumRelRet",
		"set_P": "SetP", "set_recall": "SetR", "set_F": "SetF", "set_map": "SetAP",
	}
	if ours, ok := plain[theirs]; ok {
		return ours + level, true
	}
	switch theirs {
	case "ndcg", "num_ret", "num_q":
		return map[string]string{"ndcg": "nDCG", "num_ret": "NumRet", "num_q": "NumQ"}[theirs], true
	case "set_relative_P":
		return "SetRelP" + level, true
	}
	for prefix, ours := range map[string]string{
		"ndcg_cut_": "nDCG", "map_cut_": "AP" + level, "recall_": "R" + level, "P_": "P" + level, "success_": "Success" + level,
	} {
		if cutoff, ok := strings.CutPrefix(theirs, prefix); ok {
			return ours + "@" + cutoff, true
		}
	}
	return "", false
}
