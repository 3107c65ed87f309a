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

		"nDCG(dcg='exp-log2')@10":                "nDCG(dcg='exp-log2')@10",
		`nDCG(dcg="exp-log2", judged_only=True)`: "nDCG(dcg='exp-log2',judged_only=True)",
		"nDCG(dcg='log2')":                       "nDCG",
		"nDCG(gains={3:10, 1:1,2:5})@5":          "nDCG(gains={2:5,3:10})@5", // a grade that is its own gain is left out
		"DCG@5":                                  "DCG@5",
		"P(judged_only=True,rel=2)@5":            "P(rel=2,judged_only=True)@5", // in one order
		"P(judged_only=False)@5":                 "P@5",
		"IPrec@0.1":                              "IPrec@0.1",
		"IPrec@0":                                "IPrec@0.0", // a float, as ir_measures wants it
		"IPrec(recall=.25,rel=2)":                "IPrec(rel=2)@0.25",
		"RBP(rel=1)":                             "RBP(rel=1)",
		"RBP(rel=2,p=0.95)@20":                   "RBP(p=0.95,rel=2)@20",
		"RBP(rel=1,p=0.8)":                       "RBP(rel=1)",
		"SetF(beta=2)":                           "SetF(beta=2.0)",
		"SetF(beta=1.0)":                         "SetF",
		"SetRelP":                                "SetP(relative=True)",
		"SetRelP(rel=2)":                         "SetP(rel=2,relative=True)",
		"NumRet":                                 "NumRet",
		"NumRelRet":                              "NumRet(rel=1)", // not the same as NumRet
		"NumRelRet(rel=2)":                       "NumRet(rel=2)",
		"BPref":                                  "Bpref",
		"ERR(max_rel=3)@20":                      "ERR(max_rel=3)@20",
		"ERR(max_rel=4)":                         "ERR",
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
	const all = "nDCG, DCG, AP, RR, P, R, Rprec, Success, Judged, ERR, RBP, Bpref, infAP, IPrec, SetP, SetR, SetF, SetAP, NumRet, NumRel, NumQ"
	for text, want := range map[string]string{
		"ndgc@10":               `unknown measure "ndgc@10" (did you mean nDCG@10?)`,
		"ndcg@10":               `unknown measure "ndcg@10" (did you mean nDCG@10?)`,
		"ap(rel=2)":             `unknown measure "ap(rel=2)" (did you mean AP(rel=2)?)`,
		"mmr@10":                `unknown measure "mmr@10" (did you mean RR@10?)`,
		"recal@100":             `unknown measure "recal@100" (did you mean R@100?)`,
		"ndcg_cut_10":           `unknown measure "ndcg_cut_10" (did you mean nDCG@10?)`,
		"recip_rank":            `unknown measure "recip_rank" (did you mean RR?)`,
		"P_10":                  `unknown measure "P_10" (did you mean P@10?)`,
		"accuracy":              `unknown measure "accuracy"; there are ` + all,
		"":                      `unknown measure ""; there are ` + all,
		"R":                     `measure "R": want a cutoff, such as R@10`,
		"nDCG@0":                `measure "nDCG@0": want an integer of at least 1 as cutoff, got "0"`,
		"nDCG@ten":              `measure "nDCG@ten": want an integer of at least 1 as cutoff, got "ten"`,
		"nDCG@":                 `measure "nDCG@": want a number after @`,
		"nDCG(rel=2)":           `measure "nDCG(rel=2)": nDCG takes no rel; it takes dcg, gains, judged_only, cutoff`,
		"AP(rel=0)":             `measure "AP(rel=0)": want an integer of at least 1 as rel, got "0"`,
		"AP(level=2)":           `measure "AP(level=2)": AP takes no level; it takes rel, judged_only, cutoff`,
		"AP(rel=2":              `measure "AP(rel=2": want ) after the parameters`,
		"set_F":                 `unknown measure "set_F" (did you mean SetF?)`,
		"iprec_at_recall_0.10":  `unknown measure "iprec_at_recall_0.10" (did you mean IPrec@0.10?)`,
		"err@20":                `unknown measure "err@20" (did you mean ERR@20?)`,
		"RBP":                   `measure "RBP": want a rel, such as RBP(rel=1)`,
		"RBP(rel=1,p=2)":        `measure "RBP(rel=1,p=2)": want a number from 0 to 1 as p, got "2"`,
		"RBP(rel=1,p=NaN)":      `measure "RBP(rel=1,p=NaN)": want a number from 0 to 1 as p, got "NaN"`,
		"SetF(beta=0)":          `measure "SetF(beta=0)": want a number above 0 as beta, got "0"`,
		"IPrec":                 `measure "IPrec": want a recall, such as IPrec@0.1`,
		"IPrec@1.5":             `measure "IPrec@1.5": want a number from 0 to 1 as recall, got "1.5"`,
		"SetR@5":                `measure "SetR@5": SetR takes no cutoff; it takes rel`,
		"NumQ(rel=1)":           `measure "NumQ(rel=1)": NumQ takes no parameter, got "rel"`,
		"nDCG(dcg='log3')":      `measure "nDCG(dcg='log3')": want 'log2' or 'exp-log2' as dcg, got "'log3'"`,
		"nDCG(judged_only=1)":   `measure "nDCG(judged_only=1)": want True or False as judged_only, got "1"`,
		"nDCG(gains=3)":         `measure "nDCG(gains=3)": want {grade:gain,…} as gains, got "3"`,
		"nDCG(gains={1:x})":     `measure "nDCG(gains={1:x})": want {grade:gain,…} of integers as gains, got "{1:x}"`,
		"nDCG(gains={1:2,1:3})": `measure "nDCG(gains={1:2,1:3})": want one gain for grade 1, got "{1:2,1:3}"`,
		"AP(cutoff=5)@5":        `measure "AP(cutoff=5)@5": want cutoff once`,
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
	for _, seed := range []string{"nDCG@10", "AP(rel=2)", "P(rel=2)@10", "AP(rel=2,cutoff=3)", "x(", ")@", "nDCG@99999999999999999999", "ndgc@10", "ü@1", "nDCG(gains={1:2,3:9},dcg='exp-log2')@5", "IPrec@-0", "SetF(beta=1e-300)", "RBP(rel=1,p=0.50)", "x(a={,}"} {
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
