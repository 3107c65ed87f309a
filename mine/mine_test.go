package mine_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/mine"
	"github.com/gradus-ir/gradus/trec"
)

// wings is a collection of which p1 and p2 answer q, p1copy has p1's text in another dress, and n2copy has n2's.
func wings(t *testing.T) *collection.Collection {
	t.Helper()
	dir := t.TempDir() + "/wings"
	err := collection.Write(dir, func(w *collection.Writer) error {
		for _, d := range []collection.Document{
			{ID: "p1", Title: "Lift", Text: "of a wing, in a slipstream."}, {ID: "p1copy", Text: "LIFT of a  wing in a slipstream"}, {ID: "p2", Text: "second answer"},
			{ID: "n1", Text: "drag"}, {ID: "n2", Text: "heat of re-entry"}, {ID: "n2copy", Text: "Heat of re entry!"}, {ID: "n3", Text: "flow"}, {ID: "n4", Text: "flutter"},
		} {
			if err := w.Document(d); err != nil {
				return err
			}
		}
		return w.Query(collection.Query{ID: "q", Text: "lift of a wing"})
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ranking(line string) trec.Run {
	var docs []trec.Scored
	for field := range strings.FieldsSeq(line) {
		id, score, _ := strings.Cut(field, ":")
		doc := trec.Scored{DocID: id}
		fmt.Sscan(score, &doc.Score)
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, trec.Compare)
	return trec.Run{Rankings: map[string][]trec.Scored{"q": docs}}
}

func TestChecks(t *testing.T) {
	c := wings(t)
	run := ranking("n1:10 p1:9 p1copy:9 n2:8.9 n2copy:8.8 p2:8 n3:7.7 n4:4")
	qrels := trec.Qrels{"q": {"p1": 2, "p2": 1, "n4": 0}, "nobody's": {"n1": 0}, "silent": {"p1": 2}}
	for name, test := range map[string]struct {
		opts mine.Options
		want string
	}{
		"all":                                 {mine.Options{}, "n1 n2 n3 n4"},
		"the first":                           {mine.Options{PerQuery: 2}, "n1 n2"},
		"ranks 2 to 5":                        {mine.Options{Skip: 1, Depth: 5}, "n2"},
		"a copy whose first is passed over":   {mine.Options{Skip: 4}, "n2copy n3 n4"},
		"only the best are positives":         {mine.Options{RelevantFrom: 2}, "n1 n2 p2 n3 n4"},
		"below the lowest positive, by 0.1":   {mine.Options{Margin: mine.Margin{Points: 0.1}}, "n3 n4"},
		"below the lowest positive, by 5 %":   {mine.Options{Margin: mine.Margin{Percent: 5}}, "n4"},
		"the greater of two margins":          {mine.Options{Margin: mine.Margin{Points: 0.2, Percent: 5}}, "n4"},
		"below the best alone":                {mine.Options{RelevantFrom: 2, Margin: mine.Margin{Points: 0.1}}, "n2 p2 n3 n4"},
		"a run that has n3 and n4 above":      {mine.Options{Cross: []trec.Run{ranking("n3:3 n4:2.5 p1:2 p2:1.5 n1:1")}}, "n1 n2"},
		"a run that has n1 as near as that":   {mine.Options{Cross: []trec.Run{ranking("p1:2 p2:1.5 n1:1.45 n2:1")}, CrossMargin: mine.Margin{Points: 0.1}}, "n2 n3 n4"},
		"a run that ties is not against":      {mine.Options{Cross: []trec.Run{ranking("p1:2 p2:1 n1:1")}}, "n1 n2 n3 n4"},
		"a run without the positives":         {mine.Options{Cross: []trec.Run{ranking("n2:2 n3:1")}}, "n1 n4"},
		"two runs":                            {mine.Options{Cross: []trec.Run{ranking("n1:2 p2:1"), ranking("n2:2 p2:1")}}, "n3 n4"},
		"a judge":                             {mine.Options{Judged: trec.Qrels{"q": {"n1": 0, "n2": 1, "n3": 3}}}, "n1 n4"},
		"a judge whose grade 1 does not help": {mine.Options{Judged: trec.Qrels{"q": {"n1": 0, "n2": 1, "n3": 3}}, JudgedFrom: 2}, "n1 n2 n4"},
	} {
		got, report, err := mine.Negatives(c, qrels, run, test.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if found := strings.Join(got["q"], " "); found != test.want || len(got) != 1 {
			t.Errorf("%s: want %s, got %s of %v", name, test.want, found, got)
		}
		out := report.Positives + report.Duplicates + report.Margin + report.Cross + report.Judged
		if report.Queries != 2 || report.With != 1 || report.Negatives != len(got["q"]) || test.opts.PerQuery == 0 && report.Candidates != out+report.Negatives {
			t.Errorf("%s: the counts do not add up: %+v", name, report)
		}
	}
}

// Where scores are negative, as distances are, a percentage is of their size.
func TestMarginOfDistances(t *testing.T) {
	run := ranking("p1:-10 n1:-10.4 p2:-10 n2:-10.6")
	got, _, err := mine.Negatives(wings(t), trec.Qrels{"q": {"p1": 1, "p2": 1}}, run, mine.Options{Margin: mine.Margin{Percent: 5}})
	if err != nil || !slices.Equal(got["q"], []string{"n2"}) {
		t.Errorf("want n2, got %v, %v", got, err)
	}
}

// many is a run of queries whose documents are d0, d1, …, and the qrels in which d0 is the positive.
func many(t *testing.T, queries, documents int) (*collection.Collection, trec.Qrels, trec.Run) {
	t.Helper()
	dir := t.TempDir() + "/many"
	run, qrels := trec.Run{Rankings: make(map[string][]trec.Scored)}, make(trec.Qrels)
	for q := range queries {
		id := fmt.Sprint("q", q)
		qrels[id] = map[string]int{"d0": 1}
		for d := range documents {
			run.Rankings[id] = append(run.Rankings[id], trec.Scored{DocID: fmt.Sprint("d", d), Score: float64(documents - d)})
		}
	}
	err := collection.Write(dir, func(w *collection.Writer) error {
		for d := range documents {
			if err := w.Document(collection.Document{ID: fmt.Sprint("d", d), Text: fmt.Sprint("text ", d)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c, qrels, run
}

func TestRandom(t *testing.T) {
	const queries, documents, each = 400, 51, 5
	c, qrels, run := many(t, queries, documents)
	draw := func(seed int64, qrels trec.Qrels) map[string][]string {
		t.Helper()
		got, _, err := mine.Negatives(c, qrels, run, mine.Options{Random: true, PerQuery: each, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := draw(1, qrels)
	if diff := cmp.Diff(first, draw(1, qrels)); diff != "" {
		t.Errorf("the same seed draws otherwise:\n%s", diff)
	}
	if cmp.Equal(first, draw(2, qrels)) {
		t.Error("want another seed to draw otherwise")
	}
	if alone := draw(1, trec.Qrels{"q7": qrels["q7"]}); !slices.Equal(alone["q7"], first["q7"]) {
		t.Errorf("want q7's draw to be its own, got %v and %v", first["q7"], alone["q7"])
	}
	drawn := make(map[string]int)
	for query, docs := range first {
		if len(docs) != each || len(slices.Compact(slices.Sorted(slices.Values(docs)))) != each {
			t.Errorf("%s: want %d different documents, got %v", query, each, docs)
		}
		for _, doc := range docs {
			drawn[doc]++
		}
	}
	// Each of 50 is drawn 40 times on average, with a standard deviation of 6.
	for doc, n := range drawn {
		if math.Abs(float64(n)-queries*each/(documents-1.0)) > 30 {
			t.Errorf("%s: want it drawn about 40 times, got %d", doc, n)
		}
	}
	if len(drawn) != documents-1 {
		t.Errorf("want all documents but the positive drawn, got %v", slices.Sorted(maps.Keys(drawn)))
	}
}

func TestErrors(t *testing.T) {
	c := wings(t)
	qrels := trec.Qrels{"q": {"p1": 1}}
	for want, call := range map[string]func() error{
		`corpus.jsonl: document "gone", of the run or the qrels, is not in it, nor are 1 others`: func() error {
			_, _, err := mine.Negatives(c, qrels, ranking("p1:3 gone:2 lost:1"), mine.Options{})
			return err
		},
		"want a margin of 0 or more points and 0 to 100 percent, got -1 and 0": func() error {
			_, _, err := mine.Negatives(c, qrels, ranking("p1:3"), mine.Options{Margin: mine.Margin{Points: -1}})
			return err
		},
		"got 0 and NaN": func() error {
			_, _, err := mine.Negatives(c, qrels, ranking("p1:3"), mine.Options{CrossMargin: mine.Margin{Percent: math.NaN()}})
			return err
		},
		"fewer than the depth": func() error {
			_, _, err := mine.Negatives(c, qrels, ranking("p1:3"), mine.Options{Skip: 5, Depth: 5})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}
