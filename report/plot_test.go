package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestPlotIsWellFormedAndWhole(t *testing.T) {
	p := Plot{Title: `a <b> & "c"`, X: "step", Y: "loss", Right: "nDCG@10", Series: []Series{
		{Name: "loss", Points: []Point{{1, 2}, {2, math.NaN()}, {3, 1.5}}},
		{Name: "dev", Right: true, Points: []Point{{1, 0.1}, {3, 0.2}}},
		{Name: "empty"},
	}}
	var lines, marks int
	decoder := xml.NewDecoder(strings.NewReader(p.SVG()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "polyline":
			lines++
			for _, a := range start.Attr {
				if a.Name.Local == "points" && strings.Contains(a.Value, "NaN") {
					t.Errorf("points %q", a.Value)
				}
			}
		case "circle":
			marks++
		}
	}
	if lines != 3 || marks != 4 {
		t.Errorf("%d curves and %d marks, want 3 and 4", lines, marks)
	}
	if got := (Plot{}).SVG(); !strings.HasPrefix(got, "<svg") {
		t.Errorf("an empty plot is %q", got)
	}
}

func TestTicksAreRoundAndWithin(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []float64
	}{
		{0, 10, []float64{0, 2, 4, 6, 8, 10}},
		{0, 1, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{0.31, 0.49, []float64{0.35, 0.4, 0.45}},
		{-3, 3, []float64{-3, -2, -1, 0, 1, 2, 3}},
		{1, 1250, []float64{500, 1000}},
	} {
		got := scale{low: c.low, high: c.high}.ticks()
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("ticks of %g … %g are %v, want %v", c.low, c.high, got, c.want)
		}
	}
}
