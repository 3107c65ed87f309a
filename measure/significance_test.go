package measure_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gradus-ir/gradus/measure"
)

// paired is a case of bench/measures/significance.py, with scipy's values.
type paired struct {
	A, B              []float64
	T, P              float64
	W, WP             float64
	Exact             *float64
	Low, High, Error  float64
	DZ                float64
	Detectable, Power float64
	FDR               []float64
}

func scipyCases(t *testing.T) []paired {
	t.Helper()
	text, err := os.ReadFile("testdata/significance.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []paired
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestAgainstScipy(t *testing.T) {
	for _, c := range scipyCases(t) {
		if c.FDR != nil {
			for i, want := range c.FDR {
				if got := measure.BenjaminiHochberg(c.A)[i]; math.Abs(got-want) > 1e-12 {
					t.Errorf("false discovery control of %v: want %v at %d, got %v", c.A, want, i, got)
				}
			}
			continue
		}
		n := len(c.A)
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
				t.Errorf("%s of %d queries: want %v, got %v", what, n, want, got)
			}
		}
		stat, p := measure.PairedTTest(c.A, c.B)
		near("t", stat, c.T)
		near("p of the t-test", p, c.P)
		w, p := measure.WilcoxonSignedRank(c.A, c.B)
		near("w", w, c.W)
		near("p of Wilcoxon's test", p, c.WP)
		near("effect size", measure.EffectSize(c.A, c.B), c.DZ)
		near("detectable difference", measure.Detectable(c.A, c.B), c.Detectable)
		if n >= 5 && math.Abs(c.Power-0.8) > 0.03 { // our short form of the power, held against the noncentral t
			t.Errorf("power of %d queries at the detectable difference: want 0.8, got %v", n, c.Power)
		}
		d := make([]float64, n)
		for i := range d {
			d[i] = c.B[i] - c.A[i]
		}
		got := measure.Bootstrap95(d, 10_000, 1)
		if tolerance := 5*c.Error + 1e-12; math.Abs(got.Low-c.Low) > tolerance || math.Abs(got.High-c.High) > tolerance {
			t.Errorf("interval of %d queries: want %v to %v, each ± %.5f, got %v", n, c.Low, c.High, tolerance, got)
		}
		if c.Exact != nil {
			near("p of the randomization test", measure.PairedRandomizationTest(c.A, c.B, 100_000, 1), *c.Exact)
		}
	}
}

// Drawn sign patterns come to the share that all of them have.
func TestRandomizationByDrawing(t *testing.T) {
	for _, c := range scipyCases(t) {
		if c.Exact == nil || len(c.A) < 10 {
			continue
		}
		rounds := 1<<len(c.A) - 1 // one more, and all patterns would be counted
		p := measure.PairedRandomizationTest(c.A, c.B, rounds, 1)
		// five standard deviations of a share estimated from so many rounds
		if tolerance := 5*math.Sqrt(*c.Exact*(1-*c.Exact)/float64(rounds)) + 1/float64(rounds); math.Abs(p-*c.Exact) > tolerance {
			t.Errorf("randomization test of %d queries by %d draws: want %v ± %.5f, got %v", len(c.A), rounds, *c.Exact, tolerance, p)
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
	if w, p := measure.WilcoxonSignedRank(same, same); w != 0 || p != 1 {
		t.Errorf("equal runs, ranked: want w 0, p 1, got %v, %v", w, p)
	}
	if d := measure.EffectSize(same, same); d != 0 {
		t.Errorf("equal runs: want no effect, got %v", d)
	}
	if d := measure.Detectable(same[:1], same[1:2]); !math.IsNaN(d) {
		t.Errorf("one query: want no detectable difference, got %v", d)
	}
	if i := measure.Bootstrap95(nil, 100, 1); i != (measure.Interval{}) {
		t.Errorf("no query: want an interval of nothing, got %v", i)
	}
	if i := measure.Bootstrap95([]float64{0.5}, 100, 1); i != (measure.Interval{Low: 0.5, High: 0.5}) {
		t.Errorf("one query: want its value, got %v", i)
	}
}

// The same seed gives the same draws, another seed others.
func TestSeeds(t *testing.T) {
	c := scipyCases(t)[5]
	first, again, other := measure.PairedRandomizationTest(c.A, c.B, 1000, 5), measure.PairedRandomizationTest(c.A, c.B, 1000, 5), measure.PairedRandomizationTest(c.A, c.B, 1000, 6)
	if first != again || first == other {
		t.Errorf("want p again with the seed, another with another, got %v, %v, %v", first, again, other)
	}
	if low, again, other := measure.Bootstrap95(c.A, 1000, 5), measure.Bootstrap95(c.A, 1000, 5), measure.Bootstrap95(c.A, 1000, 6); low != again || low == other {
		t.Errorf("want the interval again with the seed, another with another, got %v, %v, %v", low, again, other)
	}
}

func TestAdjust(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		adjust  func([]float64) []float64
		p, want []float64
	}{
		{"Holm", measure.Holm, []float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{"Holm of none", measure.Holm, nil, nil},
		{"Holm of one", measure.Holm, []float64{0.2}, []float64{0.2}},
		{"Holm up to 1", measure.Holm, []float64{0.6, 0.7}, []float64{1, 1}},
		{"Holm without what is no test", measure.Holm, []float64{0.01, nan, 0.04}, []float64{0.02, nan, 0.04}},
		{"Benjamini-Hochberg", measure.BenjaminiHochberg, []float64{0.01, 0.04, 0.03, 0.005}, []float64{0.02, 0.04, 0.04, 0.02}},
		{"Benjamini-Hochberg without what is no test", measure.BenjaminiHochberg, []float64{nan, 0.01, 0.04}, []float64{nan, 0.02, 0.04}},
	} {
		got := c.adjust(c.p)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("%s: want %v, got %v", c.name, c.want, got)
		}
	}
}

// The tests that draw, at the size of MS MARCO's dev set.
func BenchmarkRandomization(b *testing.B) {
	x, y := make([]float64, 6980), make([]float64, 6980)
	for i := range x {
		x[i], y[i] = float64(i%97)/97, float64(i%89)/89
	}
	for b.Loop() {
		measure.PairedRandomizationTest(x, y, 100_000, 1)
	}
}

func BenchmarkBootstrap(b *testing.B) {
	x := make([]float64, 6980)
	for i := range x {
		x[i] = float64(i%97) / 97
	}
	for b.Loop() {
		measure.Bootstrap95(x, 10_000, 1)
	}
}
