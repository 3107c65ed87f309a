package measure_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

const (
	together = "q1 Q0 d2 1 0.9 a\nq1 Q0 d1 2 0.8 a\nq2 Q0 d9 1 0.5 a\nq2 Q0 d4 2 0.4 a\nelsewhere Q0 d1 1 1 a\n"
	apart    = "q2 Q0 d9 1 0.5 a\nq1 Q0 d1 2 0.8 a\nelsewhere Q0 d1 1 1 a\nq2 Q0 d4 2 0.4 a\nq1 Q0 d2 1 0.9 a\n"
)

// A run read in parts, whole, and from memory has the same results.
func TestFile(t *testing.T) {
	qrels := trec.Qrels{"q1": {"d1": 3, "d2": 1}, "q2": {"d4": 2}, "q3": {"d1": 1}, "q4": {"d1": 0}}
	evaluator := measure.NewEvaluator(qrels, measure.Rules{}, measure.Default()...)
	path := filepath.Join(t.TempDir(), "a.run")
	var want measure.Results
	for _, text := range []string{together, apart} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := evaluator.File(path)
		if err != nil {
			t.Fatal(err)
		}
		run, err := trec.ReadRun(path)
		if err != nil {
			t.Fatal(err)
		}
		want = evaluator.Run(run)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b measure.Measure) bool { return a == b })); diff != "" {
			t.Errorf("(-from memory +from file)\n%s", diff)
		}
	}
	if want.Ranked != 3 || want.Tag != "a" || !cmp.Equal(want.Unjudged, []string{"elsewhere"}) || !cmp.Equal(want.Missing, []string{"q3"}) {
		t.Errorf("got %+v", want)
	}
}

// What can be read only once has to have its queries together.
func TestPipe(t *testing.T) {
	evaluator := measure.NewEvaluator(trec.Qrels{"q1": {"d1": 1}}, measure.Rules{}, measure.Default()...)
	for text, want := range map[string]error{together: nil, apart: trec.ErrNotGrouped} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if _, err := evaluator.File(fmt.Sprintf("/dev/fd/%d", r.Fd())); !errors.Is(err, want) {
			t.Errorf("want %v, got %v", want, err)
		}
		r.Close()
	}
}

func TestTrecEvalName(t *testing.T) {
	for ours, want := range map[string]string{
		"nDCG": "ndcg", "nDCG@10": "ndcg_cut_10", "AP": "map", "AP@100": "map_cut_100", "RR": "recip_rank", "P@5": "P_5", "R@100": "recall_100",
		"Success@5": "success_5", "Rprec": "Rprec", "Bpref": "bpref", "infAP": "infAP", "IPrec@0.1": "iprec_at_recall_0.10",
		"SetP": "set_P", "SetP(relative=True)": "set_relative_P", "SetR": "set_recall", "SetF": "set_F", "SetAP": "set_map",
		"NumRet": "num_ret", "NumRet(rel=1)": "num_rel_ret", "NumRel": "num_rel", "NumQ": "num_q",
		// what trec_eval has not, or not without options
		"RR@10": "RR@10", "AP(rel=2)": "AP(rel=2)", "nDCG(judged_only=True)@5": "nDCG(judged_only=True)@5", "Judged@10": "Judged@10", "IPrec(rel=2)@0.1": "IPrec(rel=2)@0.1",
	} {
		if got := parse(t, ours).TrecEvalName(); got != want {
			t.Errorf("%s: want %s, got %s", ours, want, got)
		}
	}
}
