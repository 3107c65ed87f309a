package encoder

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBatchesTakeEveryRowOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		lengths := make([]int, 1+r.IntN(300))
		for i := range lengths {
			lengths[i] = r.IntN(513)
		}
		check(t, lengths, Cut(lengths))
		check(t, lengths, NewPacking([][]int{lengths}, 64+r.IntN(8192)).Cut(lengths))
	}
	if got := Cut(nil); len(got) != 0 {
		t.Errorf("no rows make %d batches", len(got))
	}
}

func check(t *testing.T, lengths []int, batches []Batch) {
	t.Helper()
	seen := make([]bool, len(lengths))
	for _, b := range batches {
		if len(b.Bins) == 0 || len(b.Bins) > b.Capacity {
			t.Fatalf("batch holds %d bins of capacity %d", len(b.Bins), b.Capacity)
		}
		for _, bin := range b.Bins {
			tokens := 0
			for _, row := range bin {
				if seen[row] {
					t.Fatalf("row %d is in two bins", row)
				}
				seen[row] = true
				tokens += lengths[row]
			}
			if tokens > b.Length || len(bin) > b.Segments || len(bin) == 0 {
				t.Fatalf("bin holds %d rows of %d tokens, want 1 to %d rows of at most %d", len(bin), tokens, b.Segments, b.Length)
			}
		}
	}
	if slices.Contains(seen, false) {
		t.Fatal("a row is in no batch")
	}
}

func TestPaddingAndShapesAreFew(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name       string
		cut        func([]int) []Batch
		low, high  int
		waste      float64
		mostShapes int
	}{
		{"documents", Cut, 20, 256, 0.06, 18},
		{"queries", Cut, 5, 40, 0.06, 6},
		{"training", func(l []int) []Batch { return NewPacking([][]int{l}, 1024).Cut(l) }, 10, 200, 0.05, 2},
	} {
		lengths := make([]int, 2000)
		tokens := 0
		for i := range lengths {
			lengths[i] = c.low + r.IntN(c.high-c.low)
			tokens += lengths[i]
		}
		padded := 0
		shapes := map[[2]int]bool{}
		for _, b := range c.cut(lengths) {
			padded += b.Tokens()
			shapes[[2]int{b.Capacity, b.Length}] = true
		}
		if waste := float64(padded-tokens) / float64(padded); waste > c.waste {
			t.Errorf("%s: padding is %.1f %% of the tokens, want at most %.0f %%", c.name, 100*waste, 100*c.waste)
		}
		if len(shapes) > c.mostShapes {
			t.Errorf("%s: %d shapes, want at most %d", c.name, len(shapes), c.mostShapes)
		}
	}
}

// TestLoneQueriesAreSmall: what is asked for alone does not pay for a bin that
// would hold ten of it, and the sizes of lone bins are three.
func TestLoneQueriesAreSmall(t *testing.T) {
	for _, c := range []struct {
		lengths []int
		want    int // tokens of the batch
	}{
		{[]int{1}, 32}, {[]int{20}, 32}, {[]int{32}, 32}, {[]int{33}, 64}, {[]int{64}, 64},
		{[]int{16, 16}, 32}, {[]int{20, 20}, 64}, {[]int{64, 64}, 128}, {[]int{40, 40}, 128},
		{[]int{64, 64, 64}, 256}, // two bins stay of one length
		{[]int{80}, 80},
	} {
		batches := Cut(c.lengths)
		check(t, c.lengths, batches)
		if len(batches) != 1 || batches[0].Tokens() != c.want {
			t.Errorf("%d: want one batch of %d tokens, got %+v", c.lengths, c.want, batches)
		}
	}
}

// TestPackingOfAStep: sixteen lists of four documents and their queries leave
// little more empty than the end of the last bin.
func TestPackingOfAStep(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var steps [][]int
	for range 25 {
		var lengths []int
		for range 16 {
			lengths = append(lengths, 10+r.IntN(30))
			for range 4 {
				lengths = append(lengths, 60+r.IntN(120))
			}
		}
		steps = append(steps, lengths)
	}
	packing := NewPacking(steps, 2048)
	tokens, padded := 0, 0
	for _, lengths := range steps {
		for _, n := range lengths {
			tokens += n
		}
		for _, b := range packing.Cut(lengths) {
			padded += b.Tokens()
		}
	}
	if waste := float64(padded-tokens) / float64(padded); waste > 0.045 {
		t.Errorf("padding is %.1f %% of the tokens of bins of %d, want at most 4.5 %%", 100*waste, packing.Length)
	}
}
