package report

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gradus-ir/gradus/measure"
)

// Arm is one system of an experiment with what was measured of it.
type Arm struct {
	Name    string   `json:"name"`              // unique in the experiment
	Base    string   `json:"base"`              // the arm it is compared with; "" for a base
	Kind    string   `json:"kind,omitempty"`    // such as "BM25", "untrained", "trained", "fusion"
	Loss    string   `json:"loss,omitempty"`    // "" where nothing was trained
	Encoder string   `json:"encoder,omitempty"` // the model it starts from
	Sources []string `json:"sources,omitempty"` // what it was trained on
	Seeds   []int64  `json:"seeds,omitempty"`   // one for an arm that draws nothing at random
	Values  []Values `json:"values,omitempty"`  // one a test collection and seed
	Curves  []Curve  `json:"curves,omitempty"`  // one a seed
	Shifts  []Shift  `json:"shifts,omitempty"`
}

// Comparison is the paired difference of an arm and its base on a collection by a measure.
type Comparison struct {
	Arm        string           `json:"arm,omitempty"`
	Base       string           `json:"base,omitempty"`
	Collection string           `json:"collection,omitempty"`
	Measure    string           `json:"measure"`
	Difference float64          `json:"difference"` // of the means over queries and seeds
	Interval   measure.Interval `json:"interval"`   // of the difference, 95 %, by bootstrap
	P          Figure           `json:"p"`          // two-sided, paired, over queries
	Test       string           `json:"test,omitempty"`
	Holm       *Figure          `json:"holm,omitempty"` // P adjusted for all comparisons of the family; nil where none was adjusted
	EffectSize Figure           `json:"effect_size"`    // Cohen's d_z
	Detectable Figure           `json:"detectable"`     // the least true difference that the test would find with a chance of 0.8
	Wins       int              `json:"wins"`
	Losses     int              `json:"losses"`
	Ties       int              `json:"ties"`
}

// Significant is the level below which a difference is called one.
const Significant = 0.05

// Adjusted is the p that a verdict rests on: Holm's where there is one.
func (c Comparison) Adjusted() Figure {
	if c.Holm != nil {
		return *c.Holm
	}
	return c.P
}

// Verdict says in a word or two whether the arm is better than its base.
func (c Comparison) Verdict() string {
	switch {
	case !(c.Adjusted() < Significant):
		return "not significant" // a difference that chance explains, either way
	case c.Difference < 0:
		return "worse"
	default:
		return "better"
	}
}

// class is the look of the verdict.
func (c Comparison) class() string {
	if word := c.Verdict(); word != "not significant" {
		return word
	}
	return "same"
}

// Figure is a number that JSON has as null where it is not defined: NaN or infinite.
type Figure float64

// Defined reports whether the figure is a number.
func (f Figure) Defined() bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }

func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Defined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads null as NaN.
func (f *Figure) UnmarshalJSON(text []byte) error {
	var number *float64
	if err := json.Unmarshal(text, &number); err != nil {
		return fmt.Errorf("want a number or null, got %s", text)
	}
	*f = Figure(math.NaN())
	if number != nil {
		*f = Figure(*number)
	}
	return nil
}
