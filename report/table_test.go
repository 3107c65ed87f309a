package report

import (
	"os"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// arm ranks, for each of five queries, the one relevant document at the given rank.
func arm(t *testing.T, name, base string, ranks ...int) Arm {
	t.Helper()
	qrels, run := trec.Qrels{}, trec.Run{Tag: name, Rankings: map[string][]trec.Scored{}}
	for i, rank := range ranks {
		query := string(rune('a' + i))
		qrels[query] = map[string]int{"relevant": 1}
		for place := 1; place <= 10; place++ {
			doc := "other" + string(rune('0'+place))
			if place == rank {
				doc = "relevant"
			}
			run.Rankings[query] = append(run.Rankings[query], trec.Scored{DocID: doc, Score: float64(-place)})
		}
	}
	rr, err := measure.Parse("RR@10")
	if err != nil {
		t.Fatal(err)
	}
	return Arm{Name: name, Base: base, Results: measure.Evaluate(qrels, run, rr)}
}

func TestTableSaysWhatIsBetter(t *testing.T) {
	table, err := NewTable([]Arm{
		arm(t, "base", "", 4, 5, 4, 5, 4),
		arm(t, "good", "base", 1, 1, 1, 1, 1),
		arm(t, "same", "base", 4, 5, 4, 5, 4),
		arm(t, "noise", "base", 1, 9, 9, 5, 9),
		arm(t, "bad", "good", 4, 5, 4, 5, 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "better", "not significant", "not significant", "worse"} {
		if c := table.Rows[i].Comparison; (c == nil) != (want == "") || c != nil && c.Verdict() != want {
			t.Errorf("%s: got %+v, want %q", table.Rows[i].Arm, c, want)
		}
	}
	var text strings.Builder
	if err := table.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(text.String(), "\n"); len(lines) != 7 || !strings.Contains(lines[2], "better (5 better, 0 worse, 0 equal)") {
		t.Errorf("got\n%s", text.String())
	}
}

func TestUnknownBase(t *testing.T) {
	if _, err := NewTable([]Arm{arm(t, "a", "b", 1)}); err == nil || err.Error() != `arm "a": unknown base "b"` {
		t.Errorf("got %v", err)
	}
}

func ExampleTable_WriteMarkdown() {
	table := Table{Measures: []string{"nDCG@10"}, Rows: []Row{
		{Arm: "base", Means: map[string]float64{"nDCG@10": 0.25}},
		{Arm: "ws2", Base: "base", Means: map[string]float64{"nDCG@10": 0.31}, Comparison: &Comparison{
			Measure: "nDCG@10", Difference: 0.06, Interval: measure.Interval{Low: 0.02, High: 0.1}, P: 0.003, Wins: 70, Losses: 30, Ties: 12,
		}},
	}}
	table.WriteMarkdown(os.Stdout)
	// Output:
	// | arm | nDCG@10 | Δ nDCG@10 | 95 % interval | p | against its base |
	// |---|---|---|---|---|---|
	// | base | 0.2500 |  |  |  |  |
	// | ws2 | 0.3100 | +0.0600 | +0.0200 to +0.1000 | 0.0030 | better (70 better, 30 worse, 12 equal) |
}
