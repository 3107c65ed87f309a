package minhash

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestHashIsFNV(t *testing.T) {
	for _, text := range []string{"", "a", "three word run", "ü\x00"} {
		h := fnv.New64a()
		h.Write([]byte(text))
		if got := Hash(text); got != h.Sum64() {
			t.Errorf("%q: want %x, got %x", text, h.Sum64(), got)
		}
	}
}

func TestJaccard(t *testing.T) {
	for _, c := range []struct {
		a, b []uint64
		want float64
	}{
		{[]uint64{1, 2}, []uint64{2, 1, 1}, 1}, {[]uint64{1, 2}, []uint64{2, 3}, 1.0 / 3}, {[]uint64{1}, []uint64{2}, 0},
		{nil, nil, 1}, {[]uint64{1}, nil, 0}, {nil, []uint64{1}, 0},
	} {
		if got := Jaccard(c.a, c.b); got != c.want {
			t.Errorf("%v, %v: want %g, got %g", c.a, c.b, c.want, got)
		}
	}
}

// sets are pairs of random sets with the Jaccard index of shared / (2·size − shared).
func sets(random *rand.Rand, size, shared int) (a, b []uint64) {
	for range shared {
		a = append(a, random.Uint64())
	}
	b = slices.Clone(a)
	for range size - shared {
		a, b = append(a, random.Uint64()), append(b, random.Uint64())
	}
	return a, b
}

// Sets meet as often as the doc comment says, in a list and in an index alike.
func TestSetsMeetAtTheirRate(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const pairs = 1000
	for _, c := range []struct {
		shared    int // of 80
		low, high int // of the pairs that meet
	}{
		{60, 975, 1000}, // 0.6
		{37, 330, 510},  // 0.3
		{0, 0, 5},
	} {
		var signatures []Signature
		for range pairs {
			a, b := sets(random, 80, c.shared)
			signatures = append(signatures, Of(a), Of(b))
		}
		listed := 0
		for _, p := range Pairs(signatures) {
			if p.Earlier%2 == 0 && p.Later == p.Earlier+1 {
				listed++
			}
		}
		var index Index
		for i := 0; i < len(signatures); i += 2 {
			index.Add(signatures[i])
		}
		indexed := 0
		for i := 1; i < len(signatures); i += 2 {
			if slices.Contains(index.Near(signatures[i]), int32(i/2)) {
				indexed++
			}
		}
		if listed < c.low || listed > c.high || indexed != listed {
			t.Errorf("%d of 80 shared: want %d to %d pairs, in the list and in the index, got %d and %d", c.shared, c.low, c.high, listed, indexed)
		}
	}
}

func TestManyOfOneKindDoNotMultiply(t *testing.T) {
	same := make([]Signature, 1000)
	for i := range same {
		same[i] = Of([]uint64{7})
	}
	if got := len(Pairs(same)); got > atOnce*len(same) {
		t.Errorf("want at most %d pairs a set, got %d in all", atOnce, got)
	}
	var index Index
	for _, s := range same {
		index.Add(s)
	}
	if got := index.Near(same[0]); fmt.Sprint(got) != "[0 1 2 3 4 5 6 7]" {
		t.Errorf("want the earliest, got %v", got)
	}
}
