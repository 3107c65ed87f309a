package recipe

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/report"
)

// TestFidelity: the report says what the judge of a generation found, and
// nothing of what it is not told: no tau, no name of a judge.
func TestFidelity(t *testing.T) {
	dir := t.TempDir()
	checks := generate.Checks{Confusion: [4][4]int64{{10, 0, 0, 0}, {0, 10, 0, 0}, {0, 0, 10, 0}, {0, 0, 10, 0}}}
	text, err := json.Marshal(generate.Summary{Model: "the writer", Checks: &checks})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, summaryFile), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	var e report.Experiment
	if err := addFidelity(&e, Split{Collection: "lists", Name: "train"}, dir); err != nil {
		t.Fatal(err)
	}
	f := e.Fidelity[0]
	// By hand: disagreements 10·1 of 40; by chance Σ (i−j)²·10·column/40 with columns 10, 10, 20, 0.
	expected := (10*(0+1*10+4*20) + 10*(1*10+0+1*20) + 10*(4*10+1*10+0) + 10*(9*10+4*10+1*20)) / 40.0
	if want := 1 - 10/expected; math.Abs(float64(f.QuadraticKappa)-want) > 1e-12 {
		t.Errorf("kappa: want %g, got %g", want, float64(f.QuadraticKappa))
	}
	if f.Tau.Defined() || f.Judge != "" || f.Confusion[3][2] != 10 {
		t.Errorf("want no tau, no judge and the matrix, got %+v", f)
	}
	if err := addFidelity(&e, Split{}, t.TempDir()); err != nil || len(e.Fidelity) != 1 {
		t.Errorf("lists that nobody judged: want nothing of them, got %v, %d", err, len(e.Fidelity))
	}
}
