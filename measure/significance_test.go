package measure_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/measure"
)

// TestAgainstScipy holds both paired tests against scipy's values; bench/measures/significance.py made them.
func TestAgainstScipy(t *testing.T) {
	text, err := os.ReadFile("testdata/significance.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		A, B  []float64
		T, P  float64
		Exact *float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		stat, p := measure.PairedTTest(c.A, c.B)
		if math.Abs(stat-c.T) > 1e-9*math.Abs(c.T) || math.Abs(p-c.P) > 1e-9*c.P {
			t.Errorf("t-test of %d queries: want t %v, p %v, got %v, %v", len(c.A), c.T, c.P, stat, p)
		}
		if c.Exact == nil {
			continue
		}
		const rounds = 200_000
		p = measure.PairedRandomizationTest(c.A, c.B, rounds, 1)
		// five standard deviations of a share estimated from so many rounds
		if tolerance := 5*math.Sqrt(*c.Exact*(1-*c.Exact)/rounds) + 1.0/rounds; math.Abs(p-*c.Exact) > tolerance {
			t.Errorf("randomization test of %d queries: want %v ± %.5f, got %v", len(c.A), *c.Exact, tolerance, p)
		}
	}
}

func TestSignificanceAtTheEdges(t *testing.T) {
	same := []float64{0.1, 0.5, 0.9}
	if stat, p := measure.PairedTTest(same, same); stat != 0 || p != 1 {
		t.Errorf("equal runs: want t 0, p 1, got %v, %v", stat, p)
	}
	if stat, p := measure.PairedTTest(same[:1], []float64{1}); !math.IsNaN(stat) || !math.IsNaN(p) {
		t.Errorf("one query: want NaN, NaN, got %v, %v", stat, p)
	}
	if stat, p := measure.PairedTTest([]float64{0, 0}, []float64{1, 1}); !math.IsInf(stat, 1) || p != 0 {
		t.Errorf("the same gain everywhere: want +Inf, 0, got %v, %v", stat, p)
	}
	if p := measure.PairedRandomizationTest(same, same, 100, 1); p != 1 {
		t.Errorf("equal runs, randomized: want 1, got %v", p)
	}
	first := measure.PairedRandomizationTest(same, []float64{0.2, 0.4, 1}, 1000, 5)
	if again := measure.PairedRandomizationTest(same, []float64{0.2, 0.4, 1}, 1000, 5); first != again {
		t.Errorf("the same seed: want %v again, got %v", first, again)
	}
}
