package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/gradus-ir/gradus/measure"
)

// MTEB is what MTEB's result of a retrieval task says besides the values.
type MTEB struct {
	Task      string   // SciFact
	Revision  string   // of its data set
	Split     string   // test
	Languages []string // eng-Latn
}

// mtebCutoffs and mtebMeasures are those of MTEB's retrieval tasks, under its names.
var (
	mtebCutoffs  = []int{1, 3, 5, 10, 20, 100, 1000}
	mtebMeasures = []struct{ ours, name string }{
		{"nDCG", "ndcg"}, {"AP", "map"}, {"R", "recall"}, {"P", "precision"}, {"RR", "mrr"}, {"Success", "hit_rate"},
	}
)

const mtebMain = "ndcg_at_10"

// mtebName is MTEB's name of a measure.
func mtebName(name string, cutoff int) string { return fmt.Sprintf("%s_at_%d", name, cutoff) }

// MTEBMeasures are those whose values MTEB.Write takes, in its order.
func MTEBMeasures() ([]measure.Measure, error) {
	var all []measure.Measure
	for _, m := range mtebMeasures {
		for _, cutoff := range mtebCutoffs {
			parsed, err := measure.Parse(fmt.Sprintf("%s@%d", m.ours, cutoff))
			if err != nil {
				return nil, err
			}
			all = append(all, parsed)
		}
	}
	return all, nil
}

// Write writes a run's means by MTEBMeasures as MTEB keeps the results of a
// task, in <task>.json: five decimals, nDCG@10 the main score. mteb_version and
// evaluation_time are null, since neither MTEB nor a clock was there.
func (m MTEB) Write(w io.Writer, results measure.Results) error {
	if want := len(mtebMeasures) * len(mtebCutoffs); len(results.Measures) != want {
		return fmt.Errorf("MTEB's result of %s: want its %d measures, got %d", m.Task, want, len(results.Measures))
	}
	scores := map[string]any{"hf_subset": "default", "languages": m.Languages}
	at := 0
	for _, one := range mtebMeasures {
		for _, cutoff := range mtebCutoffs {
			scores[mtebName(one.name, cutoff)] = math.Round(results.Mean(at)*1e5) / 1e5
			at++
		}
	}
	scores["main_score"] = scores[mtebMain]
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Revision string                      `json:"dataset_revision"`
		Task     string                      `json:"task_name"`
		Version  *string                     `json:"mteb_version"`
		Scores   map[string][]map[string]any `json:"scores"`
		Time     *float64                    `json:"evaluation_time"`
	}{m.Revision, m.Task, nil, map[string][]map[string]any{m.Split: {scores}}, nil})
}
