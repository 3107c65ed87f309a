package encoder

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCutTakesEveryRowOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		lengths := make([]int, r.IntN(300))
		for i := range lengths {
			lengths[i] = r.IntN(513)
		}
		shapes := Shapes{TokenBudget: 64 + r.IntN(8192), LengthStep: 1 + r.IntN(64)}
		seen := make([]bool, len(lengths))
		for _, b := range shapes.Cut(lengths) {
			if len(b.Rows) == 0 || len(b.Rows) > b.Capacity {
				t.Fatalf("%+v: batch holds %d rows of capacity %d", shapes, len(b.Rows), b.Capacity)
			}
			if b.Capacity > 1 && b.Tokens() > shapes.TokenBudget {
				t.Fatalf("%+v: batch of %d x %d tokens is over the budget", shapes, b.Capacity, b.Length)
			}
			for _, row := range b.Rows {
				if seen[row] {
					t.Fatalf("row %d is in two batches", row)
				}
				seen[row] = true
				if lengths[row] > b.Length {
					t.Fatalf("row of %d tokens in a batch of length %d", lengths[row], b.Length)
				}
			}
		}
		if slices.Contains(seen, false) {
			t.Fatalf("%+v: a row is in no batch", shapes)
		}
	}
}

func TestCutKeepsPaddingAndShapesFew(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	lengths := make([]int, 2000)
	tokens := 0
	for i := range lengths {
		lengths[i] = 20 + r.IntN(237)
		tokens += lengths[i]
	}
	padded := 0
	shapes := map[[2]int]bool{}
	for _, b := range EncodeShapes.Cut(lengths) {
		padded += b.Tokens()
		shapes[[2]int{b.Capacity, b.Length}] = true
	}
	if waste := float64(padded-tokens) / float64(padded); waste > 0.08 {
		t.Errorf("padding is %.1f %% of the tokens, want at most 8 %%", 100*waste)
	}
	if len(shapes) > 18 {
		t.Errorf("%d shapes, want at most 18", len(shapes))
	}
}
