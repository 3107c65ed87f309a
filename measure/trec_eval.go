package measure

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// trecEvalNames are trec_eval's words for our measures, and whether a cutoff follows them.
var trecEvalNames = []struct {
	theirs string
	ours   string
	cutoff bool
}{
	{"ndcg", "nDCG", false}, {"ndcg_cut", "nDCG", true},
	{"map", "AP", false}, {"map_cut", "AP", true},
	{"recip_rank", "RR", false},
	{"P", "P", true}, {"recall", "R", true}, {"success", "Success", true},
	{"Rprec", "Rprec", false}, {"bpref", "Bpref", false}, {"infAP", "infAP", false},
	{"iprec_at_recall", "IPrec", true},
	{"set_P", "SetP", false}, {"set_relative_P", "SetRelP", false}, {"set_recall", "SetR", false}, {"set_F", "SetF", false}, {"set_map", "SetAP", false},
	{"num_ret", "NumRet", false}, {"num_rel_ret", "NumRelRet", false}, {"num_rel", "NumRel", false}, {"num_q", "NumQ", false},
}

var trecEvalForm = regexp.MustCompile(`^(.*?)(?:_([0-9.]+))?$`)

// fromTrecEval is trec_eval's measure, such as ndcg_cut_10, in our language; "" for what is none of its.
func fromTrecEval(text string) string {
	parts := trecEvalForm.FindStringSubmatch(text)
	for _, name := range trecEvalNames {
		if parts != nil && parts[1] == name.theirs && name.cutoff == (parts[2] != "") {
			if name.cutoff {
				return name.ours + "@" + parts[2]
			}
			return name.ours
		}
	}
	return ""
}

// TrecEvalName is what trec_eval calls the measure, its own name for one that
// trec_eval has not, or only with other options (rel= is its -l, judged_only= its -J).
func (m Measure) TrecEvalName() string {
	for _, name := range trecEvalNames {
		theirs, ours := name.theirs, name.ours
		switch {
		case name.cutoff && m.family == &interpolated:
			ours += "@" + strconv.FormatFloat(m.recall, 'g', -1, 64)
			theirs += fmt.Sprintf("_%.2f", m.recall)
		case name.cutoff && m.cutoff > 0:
			ours += "@" + strconv.Itoa(m.cutoff)
			theirs += "_" + strconv.Itoa(m.cutoff)
		case name.cutoff:
			continue
		}
		if same, err := Parse(ours); err == nil && same == m {
			return theirs
		}
	}
	return strings.ReplaceAll(m.String(), " ", "")
}
