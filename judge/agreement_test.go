package judge

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// near treats null as NaN.
func near(want *float64, got, tolerance float64) bool {
	if want == nil {
		return math.IsNaN(got)
	}
	return math.Abs(*want-got) <= tolerance
}

// TestAgainstScikitLearn holds the statistics against scikit-learn's and
// scipy's values; bench/judge/golden.py made them.
func TestAgainstScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/agreement.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Intended, Judged              []int
			Kappa, Linear, Quadratic, Tau *float64
		}
		Means []struct {
			Values          []float64
			Mean, Low, High float64
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) < 10 || len(golden.Means) < 3 {
		t.Fatalf("want the cases of bench/judge/golden.py, got %d and %d", len(golden.Cases), len(golden.Means))
	}
	for i, c := range golden.Cases {
		lists, intended, judged := listOf(c.Intended, c.Judged)
		got := agreement(lists, judged, intended, 0, 1)
		for name, pair := range map[string]struct {
			want *float64
			got  Figure
		}{"kappa": {c.Kappa, got.Kappa}, "linear": {c.Linear, got.LinearKappa}, "quadratic": {c.Quadratic, got.QuadraticKappa}} {
			if !near(pair.want, float64(pair.got), 1e-12) {
				t.Errorf("case %d, %s: want %v, got %v", i, name, pair.want, pair.got)
			}
		}
		if tau := tauB(c.Intended, c.Judged); !near(c.Tau, tau, 1e-12) {
			t.Errorf("case %d, tau: want %v, got %v", i, c.Tau, tau)
		}
	}
	for i, m := range golden.Means {
		mean, low, high := bootstrapMean(m.Values, 1)
		// The bounds of 2,000 resamples scatter around those of 200,000.
		scatter := 0.15 * (m.High - m.Low)
		if math.Abs(mean-m.Mean) > 1e-12 || math.Abs(low-m.Low) > scatter || math.Abs(high-m.High) > scatter {
			t.Errorf("means %d: want %v (%v to %v), got %v (%v to %v)", i, m.Mean, m.Low, m.High, mean, low, high)
		}
		if _, again, _ := bootstrapMean(m.Values, 1); again != low {
			t.Errorf("means %d: want the same bounds with the same seed, got %v and %v", i, low, again)
		}
	}
}

// listOf is one query whose documents have these grades.
func listOf(intended, judged []int) ([]List, trec.Qrels, trec.Qrels) {
	list := List{Query: collection.Query{ID: "q", Text: "a query"}}
	a, b := map[string]int{}, map[string]int{}
	for i := range intended {
		id := fmt.Sprint(i)
		list.Documents = append(list.Documents, collection.Document{ID: id})
		a[id], b[id] = intended[i], judged[i]
	}
	return []List{list}, trec.Qrels{"q": a}, trec.Qrels{"q": b}
}

// TestAgreement: what is counted, by hand.
func TestAgreement(t *testing.T) {
	documents := []collection.Document{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	lists := []List{
		{collection.Query{ID: "1"}, documents},     // in order
		{collection.Query{ID: "2"}, documents},     // all judged 2: no order found
		{collection.Query{ID: "3"}, documents[:2]}, // no order intended
		{collection.Query{ID: "4"}, documents[:2]}, // one not graded
	}
	intended := trec.Qrels{"1": {"a": 3, "b": 2, "c": 1, "d": 0}, "2": {"a": 3, "b": 2, "c": 1, "d": 0}, "3": {"a": 1, "b": 1}, "4": {"a": 3, "b": 0}}
	judged := trec.Qrels{"1": {"a": 3, "b": 2, "c": 1, "d": 0}, "2": {"a": 2, "b": 2, "c": 2, "d": 2}, "3": {"a": 2, "b": 0}, "4": {"b": 0}}
	got := agreement(lists, judged, intended, 0, 1)
	want := [][]int64{{2, 0, 1, 0}, {1, 1, 2, 0}, {0, 0, 2, 0}, {0, 0, 1, 1}}
	if fmt.Sprint(got.Confusion) != fmt.Sprint(want) || got.Pairs != 11 || float64(got.Accuracy) != 6.0/11 {
		t.Errorf("want confusion %v, 11 pairs, 6 equal, got %+v", want, got)
	}
	if got.Tau.Lists != 2 || got.Tau.Flat != 1 || got.Tau.Mean != 0.5 {
		t.Errorf("want tau 1 and 0 of two lists, got %+v", got.Tau)
	}
	if r := got.Relevant; r.Intended != 2 || r.Judged != 2 || float64(r.Precision) != 4.0/7 || r.Recall != 1 {
		t.Errorf("want 4 of 7 judged relevant to be so, and all 4 found, got %+v", r)
	}
	if r := agreement(lists, judged, intended, 3, 1).Relevant; r.Intended != 3 || float64(r.Precision) != 2.0/7 {
		t.Errorf("relevant from 3 on: want 2 of 7, got %+v", r)
	}
	if got := agreement(lists, judged, trec.Qrels{"other": {"a": 1}}, 0, 1); got != nil {
		t.Errorf("want no agreement without intended grades, got %+v", got)
	}
	binary := agreement(lists[2:3], judged, intended, 0, 1)
	if binary.Relevant.Intended != 1 || binary.Relevant.Recall != 0.5 {
		t.Errorf("binary qrels: want relevant from 1 on, recall 0.5, got %+v", binary.Relevant)
	}
	text, err := json.Marshal(binary)
	if err != nil || !json.Valid(text) {
		t.Errorf("want undefined figures as null, got %s, %v", text, err)
	}
}

func TestOrders(t *testing.T) {
	got := ordersOf(map[string]map[string][]int{"1": {"a": {3, 3, 3}, "b": {0, 2, 3}, "c": {1}}}, 3)
	if got.Documents != 2 || got.Unanimous != 0.5 || got.Spread != 1.5 {
		t.Errorf("want half of 2 documents unanimous, 1.5 apart, got %+v", got)
	}
	for _, c := range []struct {
		grades []int
		want   int
	}{{[]int{2}, 2}, {[]int{3, 0, 1}, 1}, {[]int{3, 1}, 1}, {[]int{0, 3, 3, 2}, 2}} {
		if got := median(c.grades); got != c.want {
			t.Errorf("median of %v: want %d, got %d", c.grades, c.want, got)
		}
	}
}
