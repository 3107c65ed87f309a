package judge

import (
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// judged gathers the grades out of the ledger.
func (r *run) judged() Judged {
	l := r.ledger
	judged := Judged{
		Grades: trec.Qrels{}, ByOrder: map[string]map[string][]int{}, NotGraded: map[string]int64{}, Model: l.model,
		Cost: Cost{Requests: l.requests, PromptTokens: l.usage.PromptTokens, CompletionTokens: l.usage.CompletionTokens, AnswerSeconds: float64(l.millis) / 1000},
	}
	for _, list := range r.opts.Lists {
		grades := make([][]int, len(list.Documents))
		faults := make([]string, len(list.Documents))
		for _, p := range r.judge.parts(list) {
			found := r.recall(list.Query.ID, p)
			for i, place := range p.places {
				if found.fault != "" {
					faults[place] = found.fault
				} else {
					grades[place] = append(grades[place], found.grades[i])
				}
			}
		}
		final, byOrder := map[string]int{}, map[string][]int{}
		for i, document := range list.Documents {
			if len(oneLine(document.Content())) > len(r.judge.fit(document.Content())) {
				judged.Cut++
			}
			if len(grades[i]) == 0 {
				judged.NotGraded[faults[i]]++
				continue
			}
			final[document.ID], byOrder[document.ID] = median(grades[i]), grades[i]
		}
		if len(final) > 0 {
			judged.Grades[list.Query.ID], judged.ByOrder[list.Query.ID] = final, byOrder
		}
	}
	return judged
}

// recall is the last outcome of a part's attempts.
func (r *run) recall(query string, p part) outcome {
	var last outcome
	for attempt := range r.judge.opts.Attempts {
		o, ok := r.ledger.outcome(key{query, p.order, p.number, attempt})
		if !ok {
			return outcome{fault: reasonServer}
		}
		if last = o; o.fault == "" {
			break
		}
	}
	return last
}

// median is the middle grade, of an even number the lower one of the two: in doubt a document is less relevant.
func median(grades []int) int {
	sorted := slices.Sorted(slices.Values(grades))
	return sorted[(len(sorted)-1)/2]
}
