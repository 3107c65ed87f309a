package judge

import (
	"encoding/json"
	"maps"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// Figure is a number that JSON has as null where it is not defined, NaN.
type Figure float64

// Defined reports whether the figure is a number.
func (f Figure) Defined() bool { return !math.IsNaN(float64(f)) }

func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Defined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// Report tells what a judge graded and how far its grades agree with the intended ones.
type Report struct {
	Judge     string           `json:"judge"` // Judge.Identity
	Model     string           `json:"model"` // as the server named it
	Queries   int64            `json:"queries"`
	Pairs     int64            `json:"pairs"`
	Graded    int64            `json:"graded"`
	NotGraded map[string]int64 `json:"not_graded,omitempty"` // by reason
	Cut       int64            `json:"cut,omitempty"`        // documents whose beginning alone was shown
	Grades    [4]int64         `json:"grades"`               // documents by judged grade
	Orders    *Orders          `json:"orders,omitempty"`     // nil where documents were graded alone
	Agreement *Agreement       `json:"agreement,omitempty"`  // nil where no grade was intended
	Cost      Cost             `json:"cost"`
}

// ShareNotGraded is the share of pairs that the judge could not grade.
func (r Report) ShareNotGraded() float64 { return float64(r.Pairs-r.Graded) / float64(r.Pairs) }

// Orders tell how far the grades of a list depend on the order it is shown in,
// over the documents that were graded in two orders or more.
type Orders struct {
	Orders    int    `json:"orders"`
	Documents int64  `json:"documents"`
	Unanimous Figure `json:"unanimous"` // share with one and the same grade in all
	Spread    Figure `json:"spread"`    // highest grade less lowest, on average
}

// NewReport holds what a run came to against the intended grades, as far as
// there are any. relevant is the intended grade from which on a document
// counts as relevant; 0 is 2, or the highest there is where that is less.
func (j *Judge) NewReport(lists []List, judged Judged, intended trec.Qrels, relevant int) Report {
	report := Report{
		Judge: j.Identity(), Model: judged.Model, Queries: int64(len(lists)),
		NotGraded: judged.NotGraded, Cut: judged.Cut, Cost: judged.Cost,
	}
	for _, list := range lists {
		report.Pairs += int64(len(list.Documents))
		for _, grade := range judged.Grades[list.Query.ID] {
			report.Graded++
			report.Grades[grade]++
		}
	}
	if j.opts.Orders > 0 {
		report.Orders = ordersOf(judged.ByOrder, j.opts.Orders)
	}
	report.Agreement = agreement(lists, judged.Grades, intended, relevant, j.opts.Seed)
	return report
}

func ordersOf(byOrder map[string]map[string][]int, orders int) *Orders {
	var documents, unanimous, spread int64
	for _, list := range byOrder {
		for _, grades := range list {
			if len(grades) < 2 {
				continue
			}
			apart := slices.Max(grades) - slices.Min(grades)
			documents++
			spread += int64(apart)
			if apart == 0 {
				unanimous++
			}
		}
	}
	return &Orders{orders, documents, share(unanimous, documents), share(spread, documents)}
}

// share is NaN of nothing.
func share(part, whole int64) Figure { return Figure(float64(part) / float64(whole)) }

// Reasons are those for which documents have no grade, most frequent first.
func (r Report) Reasons() []string {
	reasons := slices.Sorted(maps.Keys(r.NotGraded))
	slices.SortStableFunc(reasons, func(a, b string) int { return int(r.NotGraded[b] - r.NotGraded[a]) })
	return reasons
}
