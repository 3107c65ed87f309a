package report

import (
	"math"
	"testing"
)

func TestFormatP(t *testing.T) {
	for p, want := range map[float64]string{0.03: "0.0300", 1: "1.0000", 0.0001: "0.0001", 0.00009: "<0.0001", math.NaN(): "–"} {
		if got := FormatP(p); got != want {
			t.Errorf("%g: got %s, want %s", p, got, want)
		}
	}
}

func TestVerdictRestsOnTheAdjustedP(t *testing.T) {
	figure := func(p float64) *Figure { f := Figure(p); return &f }
	for _, c := range []struct {
		difference float64
		p          Figure
		holm       *Figure
		want       string
	}{
		{0.1, 0.01, nil, "better"}, {-0.1, 0.01, nil, "worse"}, {0.1, 0.05, nil, "not significant"},
		{0.1, 0.01, figure(0.06), "not significant"}, {-0.1, 0.001, figure(0.004), "worse"},
		{0.1, Figure(math.NaN()), nil, "not significant"}, {0.1, 0.001, figure(math.NaN()), "not significant"},
	} {
		if got := (Comparison{Difference: c.difference, P: c.p, Holm: c.holm}).Verdict(); got != c.want {
			t.Errorf("%+v: got %s, want %s", c, got, c.want)
		}
	}
}
