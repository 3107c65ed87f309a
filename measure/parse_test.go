package measure_test

import (
	"encoding/json"
	"testing"

	"github.com/gradus-ir/gradus/measure"
)

func TestParsePrintsAsItParses(t *testing.T) {
	for text, want := range map[string]string{
		"nDCG@10":              "nDCG@10",
		"nDCG":                 "nDCG",
		"NDCG@10":              "nDCG@10",
		"MAP":                  "AP",
		"MRR@10":               "RR@10",
		"Recall@100":           "R@100",
		"AP(rel=2)":            "AP(rel=2)",
		"AP(rel=1)":            "AP",
		"P(rel=2)@10":          "P(rel=2)@10",
		"P( rel = 2 )@10":      "P(rel=2)@10",
		" R@5 ":                "R@5",
		"AP(rel=2,cutoff=100)": "AP(rel=2)@100",
		"RR()@10":              "RR@10",
		"Judged@10":            "Judged@10",
	} {
		m, err := measure.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if m.String() != want {
			t.Errorf("%q: want %s, got %s", text, want, m)
		}
		if again, err := measure.Parse(m.String()); again != m || err != nil {
			t.Errorf("%q: want %s to parse to the same value, got %v, %v", text, m, again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"ndgc@10":        `unknown measure "ndgc@10" (did you mean nDCG@10?)`,
		"ndcg@10":        `unknown measure "ndcg@10" (did you mean nDCG@10?)`,
		"ap(rel=2)":      `unknown measure "ap(rel=2)" (did you mean AP(rel=2)?)`,
		"mmr@10":         `unknown measure "mmr@10" (did you mean RR@10?)`,
		"recal@100":      `unknown measure "recal@100" (did you mean R@100?)`,
		"ndcg_cut_10":    `unknown measure "ndcg_cut_10" (did you mean nDCG@10?)`,
		"recip_rank":     `unknown measure "recip_rank" (did you mean RR?)`,
		"P_10":           `unknown measure "P_10" (did you mean P@10?)`,
		"accuracy":       `unknown measure "accuracy"; there are nDCG, RR, AP, R, P, Judged`,
		"":               `unknown measure ""; there are nDCG, RR, AP, R, P, Judged`,
		"R":              `measure "R": want a cutoff, such as R@10`,
		"nDCG@0":         `measure "nDCG@0": want an integer of at least 1 as cutoff, got "0"`,
		"nDCG@ten":       `measure "nDCG@ten": want an integer of at least 1 as cutoff, got "ten"`,
		"nDCG@":          `measure "nDCG@": want a cutoff after @`,
		"nDCG(rel=2)":    `measure "nDCG(rel=2)": nDCG takes no rel`,
		"AP(rel=0)":      `measure "AP(rel=0)": want an integer of at least 1 as rel, got "0"`,
		"AP(level=2)":    `measure "AP(level=2)": unknown parameter "level"; there are rel and cutoff`,
		"AP(rel=2":       `measure "AP(rel=2": want ) after the parameters`,
		"AP(cutoff=5)@5": `measure "AP(cutoff=5)@5": want cutoff once`,
	} {
		if m, err := measure.Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q:\nwant %s\ngot  %v, %v", text, want, err, m)
		}
	}
}

func TestMeasureInJSON(t *testing.T) {
	in := map[measure.Measure]float64{parse(t, "P(rel=2)@10"): 0.5}
	text, err := json.Marshal(in)
	if err != nil || string(text) != `{"P(rel=2)@10":0.5}` {
		t.Fatalf(`want {"P(rel=2)@10":0.5}, got %s, %v`, text, err)
	}
	var out map[measure.Measure]float64
	if err := json.Unmarshal(text, &out); err != nil || out[parse(t, "P(rel=2)@10")] != 0.5 {
		t.Errorf("want %v back, got %v, %v", in, out, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"nDCG@10", "AP(rel=2)", "P(rel=2)@10", "AP(rel=2,cutoff=3)", "x(", ")@", "nDCG@99999999999999999999", "ndgc@10", "ü@1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := measure.Parse(text)
		if err != nil {
			return
		}
		if again, err := measure.Parse(m.String()); err != nil || again != m {
			t.Errorf("%q prints as %s, which parses to %v, %v", text, m, again, err)
		}
	})
}
