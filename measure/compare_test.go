package measure_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// results has, for queries q0, q1, …, document a at these ranks; 0 is nowhere.
func results(t *testing.T, ranks ...int) measure.Results {
	t.Helper()
	qrels, run := trec.Qrels{}, trec.Run{Rankings: map[string][]trec.Scored{}}
	for i, rank := range ranks {
		query := "q" + string(rune('0'+i))
		qrels[query] = map[string]int{"a": 1}
		documents := strings.Repeat("u", max(rank-1, 0))
		var ranking string
		for j := range documents {
			ranking += "u" + string(rune('0'+j)) + " "
		}
		if rank > 0 {
			ranking += "a"
		}
		run.Rankings[query] = ranked(ranking)
	}
	return measure.Evaluate(qrels, run, parse(t, "RR"), parse(t, "NumRelRet"))
}

func TestCompare(t *testing.T) {
	base, run := results(t, 1, 2, 4, 0, 2), results(t, 1, 1, 2, 0, 4)
	c := measure.Compare(base, run, 0, 1)
	if c.Wins != 2 || c.Losses != 1 || c.Ties != 2 || math.Abs(c.Difference-0.1) > 1e-12 {
		t.Errorf("want 2 won, 1 lost, 2 tied, +0.1, got %+v", c)
	}
	// Of the 8 ways in which 0.5, 0.25 and 0.25 can be signed, 6 sum to a size of 0.5 or more.
	if c.RandomizationP != 6.0/8 {
		t.Errorf("randomization: want 6/8, got %v", c.RandomizationP)
	}
	if c.Interval.Low >= c.Difference || c.Interval.High <= c.Difference {
		t.Errorf("want the difference %v within its interval, got %v", c.Difference, c.Interval)
	}
	want := []measure.Change{{QueryID: "q1", Baseline: 0.5, Run: 1}, {QueryID: "q2", Baseline: 0.25, Run: 0.5}, {QueryID: "q4", Baseline: 0.5, Run: 0.25}}
	if diff := cmp.Diff(want, measure.Changes(base, run, 0)); diff != "" {
		t.Errorf("changes (-want +got)\n%s", diff)
	}
	back := measure.Compare(run, base, 0, 1)
	if back.P != c.P || back.WilcoxonP != c.WilcoxonP || back.RandomizationP != c.RandomizationP || back.T != -c.T || back.EffectSize != -c.EffectSize {
		t.Errorf("the other way round: want the same with other signs, got %+v and %+v", c, back)
	}
}

// The difference of a count is that of the sums, and so are its interval and what is detectable.
func TestCompareCounts(t *testing.T) {
	c := measure.Compare(results(t, 1, 0, 0, 1), results(t, 1, 1, 1, 0), 1, 1)
	if c.Difference != 1 || c.Interval.Low != -2 || c.Interval.High != 4 {
		t.Errorf("want 1, from -2 to 4, got %v, %v", c.Difference, c.Interval)
	}
}

func TestCompareOfOtherQueries(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic for results of other queries")
		}
	}()
	measure.Compare(results(t, 1, 2), results(t, 1), 0, 1)
}
