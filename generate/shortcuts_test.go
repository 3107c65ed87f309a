package generate

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestShortcuts(t *testing.T) {
	const queries = 120
	for name, test := range map[string]struct {
		words   func(grade int) int
		suffix  func(grade int) string
		betrays []string
	}{
		"nothing": {func(int) int { return 60 }, func(int) string { return "" }, nil},
		"length":  {func(grade int) int { return 40 + 20*grade }, func(int) string { return "" }, []string{"words", "length"}},
		"a word": {func(int) int { return 60 }, func(grade int) string {
			return []string{" Irrelevantly.", " Relatedly.", " Highly.", " Perfectly."}[grade]
		}, []string{"words"}},
	} {
		random := rand.New(rand.NewPCG(3, 1))
		var lists [][]passage
		for range queries {
			var list []passage
			for _, grade := range []int{3, 2, 1, 0} {
				list = append(list, passage{grade, grade, prose(random, test.words(grade)) + test.suffix(grade)})
			}
			lists = append(lists, list)
		}
		s := probeShortcuts(testQueries(queries), lists, 1)
		t.Logf("%s: words %.3f, length %.3f, chance %.3f ± %.3f", name, s.Words, s.Length, s.Chance, s.Margin)
		if s.Documents != 4*queries || s.Chance != 0.25 {
			t.Errorf("%s: got %+v", name, s)
		}
		got := s.Betraying()
		if name == "length" { // longer texts have more words: the words may tell or not
			got = slices.DeleteFunc(got, func(name string) bool { return name == "words" })
			test.betrays = []string{"length"}
		}
		if strings.Join(got, " ") != strings.Join(test.betrays, " ") {
			t.Errorf("%s: want %q, got %q of %+v", name, test.betrays, got, s)
		}
	}
}

func TestTooFewForShortcuts(t *testing.T) {
	lists := make([][]passage, 30)
	for i := range 19 {
		lists[i] = []passage{{3, 3, "a"}, {0, 0, "b"}}
	}
	if s := probeShortcuts(testQueries(30), lists, 1); s != nil {
		t.Errorf("want none of 19 lists, got %+v", s)
	}
	for i := range lists {
		lists[i] = []passage{{3, 3, "a"}, {3, 3, "b"}}
	}
	if s := probeShortcuts(testQueries(30), lists, 1); s != nil {
		t.Errorf("want none of one grade, got %+v", s)
	}
}
