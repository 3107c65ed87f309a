package ivf

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBestIsTheSortedFront(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		all := make([]candidate, r.IntN(40))
		for i := range all {
			all[i] = candidate{value: float32(r.IntN(1 + r.IntN(30))), row: uint32(i)}
		}
		k := r.IntN(45)
		byValue := func(a, b candidate) int { return cmp.Compare(b.value, a.value) }
		want := slices.SortedFunc(slices.Values(all), byValue)[:min(k, len(all))]
		got := slices.SortedFunc(slices.Values(best(all, k)), byValue)
		if !slices.EqualFunc(got, want, func(a, b candidate) bool { return a.value == b.value }) {
			t.Fatalf("the %d best: want %v, got %v", k, want, got)
		}
		if len(got) > 0 && least(got) != want[len(want)-1].value {
			t.Fatalf("the least of %v: got %v", got, least(got))
		}
	}
}
