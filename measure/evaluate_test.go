package measure_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

func parse(t testing.TB, name string) measure.Measure {
	t.Helper()
	m, err := measure.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ranked is a ranking of one-letter documents in the order given.
func ranked(docs string) []trec.Scored {
	var ranking []trec.Scored
	for i, doc := range strings.Fields(docs) {
		ranking = append(ranking, trec.Scored{DocID: doc, Score: float64(100 - i)})
	}
	return ranking
}

// TestByHand has values worked out on paper, so that a reader can follow them.
// The grades are a 3, b 2, c 1, n 0 and s -1; u and v have none.
func TestByHand(t *testing.T) {
	grades := map[string]int{"a": 3, "b": 2, "c": 1, "n": 0, "s": -1}
	log3 := math.Log2(3)
	best := 3 + 2/log3 + 1.0/2
	for _, c := range []struct {
		measure, ranking string
		want             float64
	}{
		{"nDCG@10", "a b c n", 1},
		{"nDCG@10", "u a", 3 / log3 / best},
		{"nDCG@10", "s n u c", 1 / math.Log2(5) / best}, // a negative grade gains 0, not less
		{"nDCG@2", "u a b c", 3 / log3 / (3 + 2/log3)},  // the ideal is cut as well
		{"nDCG@1", "b a", 2.0 / 3},
		{"nDCG", "u v n s u1 u2 a", 3 / math.Log2(8) / best},
		{"RR", "u n s c", 1.0 / 4},
		{"RR@3", "u n s c", 0},
		{"RR@4", "u n s c", 1.0 / 4},
		{"RR(rel=2)", "c u b", 1.0 / 3},
		{"RR", "u v", 0},
		{"AP", "a b c", 1},
		{"AP", "a u b u1 c", (1 + 2.0/3 + 3.0/5) / 3},
		{"AP", "a", 1.0 / 3}, // what was not retrieved counts 0
		{"AP@2", "a u b", 1.0 / 3},
		{"AP(rel=2)", "c a u b", (1.0/2 + 2.0/4) / 2},
		{"AP(rel=4)", "a b c", 0},
		{"R@2", "a u b c", 1.0 / 3},
		{"R@100", "a u b c", 1},
		{"R(rel=3)@1", "a", 1},
		{"P@2", "a u", 1.0 / 2},
		{"P@10", "a b", 2.0 / 10}, // divided by 10 however short the ranking
		{"P(rel=2)@3", "a b c", 2.0 / 3},
		{"Judged@3", "a n u", 2.0 / 3},
		{"Judged@3", "s", 1},
		{"Judged@10", "u v s", 1.0 / 3},
		{"nDCG(dcg='exp-log2')@2", "u a", 7 / log3 / (7 + 3/log3)},
		{"nDCG(gains={1:5,3:0})@1", "c", 1}, // c is worth most now
		{"nDCG(judged_only=True)@1", "u s a", 1},
		{"DCG", "b u c", 2 + 1.0/2},
		{"DCG@2", "b u c", 2},
		{"Rprec", "a u b c", 2.0 / 3},
		{"Rprec(rel=4)", "a", 0},
		{"Success@1", "u a", 0},
		{"Success(rel=3)@2", "u a", 1},
		{"P(judged_only=True)@2", "u a s v b", 1}, // s, with its negative grade, goes as well
		{"ERR(max_rel=3)", "a b", 7.0/8 + 1.0/8*(3.0/8)/2},
		{"ERR(max_rel=1)@1", "a", 1.0 / 2},
		{"ERR@1", "u a", 0},
		{"RBP(rel=2)", "a u b c", 0.2 * (1 + 0.8*0.8)},
		{"RBP(p=0.5,rel=1)@1", "a b", 0.5},
		{"Bpref", "n a b c", 0},         // the one judged irrelevant document stands above all
		{"Bpref", "u s a n b", 1.0 / 3}, // u and s have no say
		{"infAP", "a b", (1 + 1.0/2 + 1.0/2*(1+1e-5)/(1+2e-5)) / 3},
		{"infAP", "a s b", (1 + 1.0/3 + 2.0/3*(2.0/2)*(1+1e-5)/(1+2e-5)) / 3}, // s was in the pool, so it is relevant like the others
		{"infAP", "a u b", (1 + 1.0/3 + 2.0/3*(1.0/2)*(1+1e-5)/(1+2e-5)) / 3}, // u was not
		{"IPrec@0.5", "u a b c", 3.0 / 4},                                     // the best from there on
		{"IPrec@1.0", "a b", 0},                                               // never reached
		{"SetP", "a u b u1", 2.0 / 4},
		{"SetP(relative=True)", "a u b u1", 2.0 / 3},
		{"SetR", "a u b u1", 2.0 / 3},
		{"SetF", "a u b u1", 2 * (1.0 / 2) * (2.0 / 3) / (1.0/2 + 2.0/3)},
		{"SetAP", "a u b u1", 1.0 / 3},
		{"NumRet", "a u s", 3},
		{"NumRet(rel=2)", "a c b", 2},
		{"NumRel(rel=2)", "u", 2},
		{"NumQ", "u", 1},
	} {
		run := trec.Run{Rankings: map[string][]trec.Scored{"q": ranked(c.ranking)}}
		got := measure.Evaluate(trec.Qrels{"q": grades}, run, parse(t, c.measure)).Mean(0)
		if math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s of %q: want %.6f, got %.6f", c.measure, c.ranking, c.want, got)
		}
	}
}

// Every measure has a finite value for rankings that are empty, and for queries without a relevant document.
func TestNothingToMeasure(t *testing.T) {
	for _, name := range []string{
		"nDCG", "nDCG(dcg='exp-log2')", "DCG", "AP", "AP(judged_only=True)", "RR", "P@5", "R@5", "Rprec", "Success@5", "Judged", "Judged@5", "ERR", "RBP(rel=1)",
		"Bpref", "infAP", "IPrec@0.0", "IPrec@1.0", "SetP", "SetP(relative=True)", "SetR", "SetF", "SetAP", "NumRet", "NumRel", "NumQ",
	} {
		for _, grades := range []map[string]int{{"a": 1, "b": 0}, {"b": 0}, {"s": -1}, {}} {
			for _, ranking := range []string{"", "s", "b u"} {
				run := trec.Run{Rankings: map[string][]trec.Scored{"q": ranked(ranking)}}
				results := measure.NewEvaluator(trec.Qrels{"q": grades}, measure.Rules{CountIrrelevant: true}, parse(t, name)).Run(run)
				want := 0.0
				switch {
				case name == "NumQ" || name == "NumRel" && grades["a"] == 1:
					want = 1
				case strings.HasPrefix(name, "Num") || strings.HasPrefix(name, "Judged"):
					continue
				}
				if got := results.Values[0][0]; got != want {
					t.Errorf("%s of %q with grades %v: want %v, got %v", name, ranking, grades, want, got)
				}
			}
		}
	}
	huge := trec.Qrels{"q": {"a": math.MaxInt, "b": 2000}}
	run := trec.Run{Rankings: map[string][]trec.Scored{"q": ranked("b a")}}
	for _, name := range []string{"nDCG(dcg='exp-log2')", "nDCG", "ERR"} {
		if got := measure.Evaluate(huge, run, parse(t, name)).Mean(0); !(got > 0 && got <= 1) {
			t.Errorf("%s of absurd grades: want a share, got %v", name, got)
		}
	}
}

func TestWhichQueriesCount(t *testing.T) {
	qrels := trec.Qrels{
		"found":   {"a": 1},
		"missed":  {"a": 2},
		"nothing": {"a": 0, "b": -1},
	}
	run := trec.Run{Rankings: map[string][]trec.Scored{"found": ranked("a"), "nothing": ranked("a"), "elsewhere": ranked("a")}}
	results := measure.Evaluate(qrels, run, parse(t, "RR"), parse(t, "RR(rel=2)"))
	if got := results.Mean(0); got != 0.5 {
		t.Errorf("mean over one found and one missed query: want 0.5, got %v", got)
	}
	if len(results.Values[1]) != len(results.Values[0]) {
		t.Errorf("want rel=2 over the same queries as rel=1, got %d and %d", len(results.Values[1]), len(results.Values[0]))
	}
	for _, list := range []struct {
		name      string
		want, got []string
	}{
		{"missing", []string{"missed"}, results.Missing},
		{"irrelevant", []string{"nothing"}, results.Irrelevant},
		{"unjudged", []string{"elsewhere"}, results.Unjudged},
	} {
		if !slices.Equal(list.want, list.got) {
			t.Errorf("%s: want %v, got %v", list.name, list.want, list.got)
		}
	}
	if got := measure.Evaluate(nil, run, parse(t, "AP")).Mean(0); got != 0 {
		t.Errorf("no qrels at all: want 0, got %v", got)
	}
}

func TestRules(t *testing.T) {
	qrels := trec.Qrels{"found": {"a": 1}, "missed": {"a": 2}, "nothing": {"a": 0}}
	run := trec.Run{Rankings: map[string][]trec.Scored{"found": ranked("found a"), "nothing": ranked("a")}}
	for _, c := range []struct {
		rules   measure.Rules
		rr, num float64
	}{
		{measure.Rules{}, 0.5 / 2, 2},
		{measure.Rules{SkipAbsent: true}, 0.5, 1},
		{measure.Rules{CountIrrelevant: true}, 0.5 / 3, 3},
		{measure.Rules{SkipAbsent: true, CountIrrelevant: true}, 0.5 / 2, 2}, // BEIR's script
		{measure.Rules{DropSelfMatches: true}, 1.0 / 2, 2},
	} {
		results := measure.NewEvaluator(qrels, c.rules, parse(t, "RR"), parse(t, "NumQ")).Run(run)
		if rr, num := results.Mean(0), results.Mean(1); rr != c.rr || num != c.num {
			t.Errorf("%+v: want RR %v over %v queries, got %v over %v", c.rules, c.rr, c.num, rr, num)
		}
		if want := []string{"missed"}; !slices.Equal(results.Missing, want) {
			t.Errorf("%+v: want %v missing, got %v", c.rules, want, results.Missing)
		}
	}
	if len(run.Rankings["found"]) != 2 {
		t.Errorf("want the run left as it was, got %v", run)
	}
}

// Tied documents rank by id descending, whatever their order in the run.
func TestTiesRankByDocID(t *testing.T) {
	tied := []trec.Scored{{DocID: "d1", Score: 1}, {DocID: "d10", Score: 1}, {DocID: "d9", Score: 1}}
	qrels := trec.Qrels{"q": {"d9": 1}}
	run := trec.Run{Rankings: map[string][]trec.Scored{"q": tied}}
	if got := measure.Evaluate(qrels, run, parse(t, "RR")).Mean(0); got != 1 {
		t.Errorf("RR of d9 among d1, d10, d9 at one score: want 1, got %v", got)
	}
	if tied[0].DocID != "d1" {
		t.Errorf("want the caller's ranking left as it was, got %v", tied)
	}
}

func TestInputOrderNeverChangesAMeasure(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	measures := []measure.Measure{parse(t, "nDCG@5"), parse(t, "AP"), parse(t, "RR@10"), parse(t, "R@5"), parse(t, "P@5"), parse(t, "Judged@5")}
	for range 200 {
		qrels, run := trec.Qrels{}, trec.Run{Rankings: map[string][]trec.Scored{}}
		for _, queryID := range []string{"q1", "q2", "q3"} {
			qrels[queryID] = map[string]int{}
			for _, i := range random.Perm(20)[:10] {
				docID := string(rune('a' + i))
				qrels[queryID][docID] = random.IntN(4) - 1
			}
			for _, i := range random.Perm(20)[:12] {
				docID := string(rune('a' + i))
				run.Rankings[queryID] = append(run.Rankings[queryID], trec.Scored{DocID: docID, Score: float64(random.IntN(4))})
			}
		}
		before := measure.Evaluate(qrels, run, measures...)
		for _, ranking := range run.Rankings {
			random.Shuffle(len(ranking), func(i, j int) { ranking[i], ranking[j] = ranking[j], ranking[i] })
		}
		after := measure.Evaluate(qrels, run, measures...)
		for i, m := range measures {
			if !slices.Equal(before.Values[i], after.Values[i]) {
				t.Fatalf("%v after a shuffle: want %v, got %v", m, before.Values[i], after.Values[i])
			}
		}
	}
}
