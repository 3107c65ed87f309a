package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareOverQueriesAndSeeds(t *testing.T) {
	e := sample(plain)
	if len(e.Comparisons) != 12 { // 3 arms, 2 collections, 2 measures
		t.Fatalf("want 12 comparisons, got %d", len(e.Comparisons))
	}
	verdicts := map[string]string{"good": "better", "same": "not significant", "bad": "worse"}
	for i, c := range e.Comparisons {
		if c.Base != "base" || c.Verdict() != verdicts[c.Arm] || c.Wins+c.Losses+c.Ties != 40 {
			t.Errorf("got %+v, %s", c, c.Verdict())
		}
		if wantMeasure := []string{"nDCG@10", "RR@10"}[i/6]; c.Measure != wantMeasure || *c.Holm < c.P || *c.Holm > 6*c.P {
			t.Errorf("want %s, and p adjusted for 6, got %+v with %g", wantMeasure, c, *c.Holm)
		}
		if c.Difference < c.Interval.Low || c.Difference > c.Interval.High {
			t.Errorf("got the difference %g outside of %v", c.Difference, c.Interval)
		}
	}
	// The mean over seeds is what is compared: that of an arm with one seed spread over three is its own.
	a := e.Arms[3]
	for _, seed := range []int64{2, 3} {
		for _, v := range e.Arms[3].Values {
			v.Seed = seed
			a.Values = append(a.Values, v)
		}
	}
	had := e.Comparisons
	e.Arms[3] = a
	e.Compare()
	for i := range had {
		if math.Abs(had[i].Difference-e.Comparisons[i].Difference) > 1e-12 || math.Abs(float64(had[i].P-e.Comparisons[i].P)) > 1e-9 {
			t.Errorf("got %+v, want %+v", e.Comparisons[i], had[i])
		}
	}
}

func TestMeansHaveTheSeedsDeviation(t *testing.T) {
	means := sample(plain).Means()
	if len(means) != 16 {
		t.Fatalf("want the means of 4 arms on 2 collections by 2 measures, got %d", len(means))
	}
	for _, m := range means {
		several := m.Arm == "good" || m.Arm == "same"
		if first := m.Measure.String() == "nDCG@10"; first != (m.Deviation != nil) || first && m.Deviation.Defined() != several {
			t.Errorf("got %+v", m)
		}
	}
	if got := deviation([]float64{1, 2, 4}); math.Abs(float64(got)-1.5275252316519468) > 1e-12 {
		t.Errorf("got the deviation %v", got)
	}
}

func TestExperimentKeepsInJSON(t *testing.T) {
	e := sample(plain)
	e.Fidelity[0].Tau = Figure(math.NaN())
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"tau":null`) {
		t.Error("want what is not defined as null")
	}
	var back Experiment
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Error(diff)
	}
	if render(t, e) != render(t, back) {
		t.Error("the page differs after JSON")
	}
}

func TestCheckTellsWhatContradicts(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(e *Experiment)
	}{
		{`want a measure, got none`, func(e *Experiment) { e.Measures = nil }},
		{`collection "first": want one of this name, got two`, func(e *Experiment) { e.Collections[1].Name = "first" }},
		{`arm "base": want one of this name, got two`, func(e *Experiment) { e.Arms[1].Name = "base" }},
		{`arm "good": unknown base "bse"`, func(e *Experiment) { e.Arms[1].Base = "bse" }},
		{`arm "bad": unknown collection "third"`, func(e *Experiment) { e.Arms[3].Values[0].Collection = "third" }},
		{`arm "bad": collection "first", seed 1: want values of 2 measures, got 1`, func(e *Experiment) { e.Arms[3].Values[0].ByQuery = e.Arms[3].Values[0].ByQuery[:1] }},
		{`arm "bad": collection "first", seed 1: want RR@10 of 40 queries, got 2`, func(e *Experiment) { e.Arms[3].Values[0].ByQuery[1] = []float64{0, 1} }},
		{`arm "good": scores of "synth, dev": want the ascending edges of one bin or more, got [1]`, func(e *Experiment) { e.Arms[1].Shifts[0].Edges = []float64{1} }},
		{`arm "good": scores of "synth, dev": grade 1: want the counts of 4 bins, got 1`, func(e *Experiment) { e.Arms[1].Shifts[0].After[1].Counts = []int{1} }},
		{`arm "good": scores of "synth, dev": want the same grades before and after, got 3 and 2`, func(e *Experiment) { e.Arms[1].Shifts[0].After[2].Grade = 2 }},
		{`comparison of "god" with "base": unknown arm "god"`, func(e *Experiment) { e.Comparisons[0].Arm = "god" }},
		{`comparison of "good" with "base": unknown collection "fist"`, func(e *Experiment) { e.Comparisons[0].Collection = "fist" }},
		{`fidelity of "synth": want a row for each of 4 grades, got 3`, func(e *Experiment) { e.Fidelity[0].Confusion = e.Fidelity[0].Confusion[:3] }},
		{`fidelity of "synth": grade 0: want a column for each of 4 grades, got 1`, func(e *Experiment) { e.Fidelity[0].Confusion[0] = []int64{1} }},
		{`query "q1" of "first": graded document "d0": want it among the query's documents`, func(e *Experiment) { e.Queries[0].Graded[0].DocID = "d0" }},
		{`query "q1" of "first": ranking of unknown arm "x"`, func(e *Experiment) { e.Queries[0].Rankings[0].Arm = "x" }},
		{`query "q1" of "first": ranking of "base": document "d0": want it among the query's documents`, func(e *Experiment) { e.Queries[0].Rankings[0].Documents[0].DocID = "d0" }},
	} {
		e := sample(plain)
		c.spoil(&e)
		if err := e.Check(); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if err := Page(&strings.Builder{}, e); err == nil {
			t.Errorf("%s: got a page of it", c.want)
		}
	}
}

func TestFigureIsANumberOrNull(t *testing.T) {
	for text, defined := range map[string]bool{"null": false, "0.25": true, "0": true} {
		var f Figure
		if err := json.Unmarshal([]byte(text), &f); err != nil || f.Defined() != defined {
			t.Errorf("%s: got %v, %v", text, f, err)
		}
		if back, err := json.Marshal(f); err != nil || string(back) != text {
			t.Errorf("%s: got %s back, %v", text, back, err)
		}
	}
	var f Figure
	if err := json.Unmarshal([]byte(`"x"`), &f); err == nil {
		t.Error(`want an error for "x"`)
	}
}

func TestOrderedIsTheChanceToScoreHigher(t *testing.T) {
	for _, c := range []struct {
		upper, lower []int
		want         float64
	}{
		{[]int{0, 4}, []int{4, 0}, 1}, {[]int{4, 0}, []int{0, 4}, 0}, {[]int{2, 2}, []int{2, 2}, 0.5}, {[]int{0, 1, 1}, []int{1, 1, 0}, 0.875},
	} {
		if got := (GradeScores{1, c.upper}).ordered(GradeScores{0, c.lower}); float64(got) != c.want {
			t.Errorf("%v over %v: got %g, want %g", c.upper, c.lower, got, c.want)
		}
	}
	if got := (GradeScores{1, []int{0}}).ordered(GradeScores{0, []int{1}}); got.Defined() {
		t.Errorf("want nothing of no documents, got %g", got)
	}
}

func TestLongCurvesAreAveraged(t *testing.T) {
	var c Curve
	for step := 1; step <= 10_000; step++ {
		c.Steps = append(c.Steps, CurveStep{Step: step, Loss: float64(step%2) + 1})
	}
	raw := c.raw().Points
	if len(raw) > maxPoints || raw[len(raw)-1].X != 10_000 {
		t.Errorf("got %d points up to %v", len(raw), raw[len(raw)-1])
	}
	for _, p := range raw {
		if p.Y < 1.48 || p.Y > 1.52 {
			t.Fatalf("got %v, want the mean of 1 and 2", p)
		}
	}
	if got := (Curve{}).smooth(); len(got.Points) != 0 {
		t.Errorf("got %v of no steps", got)
	}
}

func TestDevIsTheMeanOverSeeds(t *testing.T) {
	at := func(step int, dev float64) CurveStep { return CurveStep{Step: step, Dev: &dev} }
	a := Arm{Curves: []Curve{
		{Steps: []CurveStep{at(1, 0.2), {Step: 2}, at(3, 0.4), at(5, 0.9)}},
		{Steps: []CurveStep{at(1, 0.4), at(2, 1), at(3, 0.4)}}, // ended early
	}}
	if diff := cmp.Diff([]Point{{1, 0.30000000000000004}, {3, 0.4}}, a.dev()); diff != "" {
		t.Error(diff)
	}
}
