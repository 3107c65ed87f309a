package generate

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// changed has a share of the words of a text replaced, evenly spread.
func changed(text string, every int) string {
	words := strings.Fields(text)
	for i := range words {
		if i%every == every-1 {
			words[i] = "otherwise"
		}
	}
	return strings.Join(words, " ")
}

func TestDuplicatesAcrossQueries(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	one, two, three := prose(random, 80), prose(random, 80), prose(random, 80)
	lists := [][]passage{
		{{3, 3, one}, {2, 2, two}},
		nil,
		{{3, 3, changed(one, 20)}, {2, 2, three}}, // three of 80 words differ
		{{3, 3, two}, {1, 1, changed(three, 5)}},  // one word in five: hardly a run of three is the same
	}
	if n := dropDuplicates(lists); n != 2 {
		t.Errorf("want 2 dropped, got %d", n)
	}
	if len(lists[0]) != 2 || len(lists[2]) != 1 || lists[2][0].text != three || len(lists[3]) != 1 || lists[3][0].asked != 1 {
		t.Errorf("want the earlier ones to stay, got %v", lists)
	}
}

// TestDuplicatesAreFoundAtTheirRate: pairs above the bound are found, those below are not dropped.
func TestDuplicatesAreFoundAtTheirRate(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 1))
	var texts []string
	alike := map[int]bool{}
	for range 300 {
		text := prose(random, 80)
		copied := changed(text, 8+random.IntN(30))
		if jaccard(text, copied) >= mostAlike {
			alike[len(texts)+1] = true
		}
		texts = append(texts, text, copied)
	}
	missed := 0
	for i, dropped := range duplicates(texts) {
		if dropped && !alike[i] {
			t.Errorf("text %d: want it kept", i)
		}
		if !dropped && alike[i] {
			missed++
		}
	}
	if len(alike) < 100 || missed > len(alike)/50 {
		t.Errorf("want all but one in fifty of %d found, %d missed", len(alike), missed)
	}
}

func TestJaccard(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want float64
	}{
		{"a b c d", "a b c d", 1},
		{"a b c d", "b c d e", 1.0 / 3}, // abc bcd | bcd cde
		{"a b c", "d e f", 0},
		{"", "", 1},
		{"a b c a b c", "a b c", 1.0 / 3}, // abc bca cab | abc
	} {
		if got := jaccard(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: want %g, got %g", test.a, test.b, test.want, got)
		}
	}
}
