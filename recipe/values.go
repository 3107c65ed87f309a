package recipe

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gradus-ir/gradus/internal/spelling"
	"github.com/gradus-ir/gradus/internal/yaml"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/train"
)

// Values are hyperparameters by name, as the file has them: they are inherited
// and set one by one, and read once an arm has all of its own.
type Values map[string]yaml.Node

// with is v with the others in the place of its own.
func (v Values) with(others Values) Values {
	all := Values{}
	maps.Copy(all, v)
	maps.Copy(all, others)
	return all
}

// readValues reads a mapping of hyperparameters, whose values are checked where they are.
func readValues(n yaml.Node) (Values, error) {
	values := Values{}
	err := n.Pairs("hyperparameters", func(key, value yaml.Node) error {
		if err := new(Hyperparameters).set(key, value); err != nil {
			return err
		}
		values[key.Value] = value
		return nil
	})
	return values, err
}

// Hyperparameters are how an arm is trained. Their JSON is part of a stage's
// key: what is not said in it changes no model.
type Hyperparameters struct {
	Loss           string        `json:"loss"`
	QueriesPerStep int           `json:"queries_per_step"`
	Epochs         float64       `json:"epochs"`
	LearningRate   float64       `json:"lr"`
	Schedule       string        `json:"schedule"`
	WarmUp         float64       `json:"warm_up"`
	Temperature    float64       `json:"temperature"`            // 0 is calibrated
	Learned        bool          `json:"learned"`                // the temperature moves from there
	TargetScale    float64       `json:"target_scale,omitempty"` // 0 is 1
	InBatch        train.InBatch `json:"in_batch"`
	Clip           float64       `json:"clip"`
	WeightDecay    float64       `json:"weight_decay"`
	Average        float64       `json:"average"`
	Freeze         int           `json:"freeze"`
	LoRA           int           `json:"lora"`
	Matryoshka     []int         `json:"matryoshka"`
}

// read are the hyperparameters that the values say, with the defaults of gradus train for the others.
func (v Values) read() (Hyperparameters, error) {
	h := Hyperparameters{
		Loss: "ws2", QueriesPerStep: 16, Epochs: 1, LearningRate: 2e-5, Schedule: string(train.Linear), WarmUp: 0.1,
		InBatch: train.InBatchZero, WeightDecay: train.DefaultAdamW.WeightDecay, Temperature: math.NaN(),
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if err := h.take(name, v[name]); err != nil {
			return Hyperparameters{}, err
		}
	}
	if math.IsNaN(h.Temperature) {
		h.Temperature = defaultTemperature(h.Loss)
	}
	return h, nil
}

// defaultTemperature is gradus train's: calibrated, which 0 is, where ws2 is a part of the loss.
func defaultTemperature(lossName string) float64 {
	sum, err := loss.Parse(lossName)
	if err == nil && slices.ContainsFunc(sum, func(t loss.Term) bool { return t.Name == "ws2" }) {
		return 0
	}
	return 0.05
}

// set takes a hyperparameter by its key.
func (h *Hyperparameters) set(key, value yaml.Node) error {
	if !slices.Contains(hyperparameterNames(), key.Value) {
		return key.Errorf("unknown hyperparameter %q%s", key.Value, spelling.DidYouMean(key.Value, hyperparameterNames()))
	}
	return h.take(key.Value, value)
}

func (h *Hyperparameters) take(name string, value yaml.Node) error {
	for _, field := range h.fields() {
		if field.Key == name {
			return field.Take(value)
		}
	}
	return value.Errorf("unknown hyperparameter %q", name)
}

func hyperparameterNames() []string {
	var names []string
	for _, field := range new(Hyperparameters).fields() {
		names = append(names, field.Key)
	}
	return names
}

// fields are the hyperparameters under the names that gradus train has for them.
func (h *Hyperparameters) fields() []yaml.Field {
	return []yaml.Field{
		{Key: "loss", Take: parsed(&h.Loss, func(text string) (string, error) {
			_, err := loss.Parse(text)
			return text, err
		})},
		{Key: "queries-per-step", Take: yaml.Whole(&h.QueriesPerStep, 1)},
		{Key: "epochs", Take: positive(&h.Epochs)},
		{Key: "lr", Take: positive(&h.LearningRate)},
		{Key: "schedule", Take: parsed(&h.Schedule, func(text string) (string, error) {
			_, err := train.ParseSchedule(text)
			return text, err
		})},
		{Key: "warm-up", Take: share(&h.WarmUp)},
		{Key: "temperature", Take: h.takeTemperature},
		{Key: "target-scale", Take: positive(&h.TargetScale)},
		{Key: "in-batch", Take: parsed(&h.InBatch, train.ParseInBatch)},
		{Key: "clip", Take: yaml.Number(&h.Clip, 0)},
		{Key: "weight-decay", Take: yaml.Number(&h.WeightDecay, 0)},
		{Key: "average", Take: share(&h.Average)},
		{Key: "freeze", Take: yaml.Whole(&h.Freeze, 0)},
		{Key: "lora", Take: yaml.Whole(&h.LoRA, 0)},
		{Key: "matryoshka", Take: wholes(&h.Matryoshka, 1)},
	}
}

// takeTemperature reads auto, a number, or learned:START.
func (h *Hyperparameters) takeTemperature(n yaml.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	number, learned := strings.CutPrefix(text, "learned:")
	h.Learned, h.Temperature = learned, 0
	if number == "auto" {
		return nil
	}
	if h.Temperature, err = strconv.ParseFloat(number, 64); err != nil || !(h.Temperature > 0) || math.IsInf(h.Temperature, 0) {
		return n.Errorf("want a temperature of auto, a number above 0 or learned:START, got %q", text)
	}
	return nil
}

// options are train's.
func (h Hyperparameters) options(e Encoder, seed uint64) train.Options {
	optimizer := train.DefaultAdamW
	optimizer.WeightDecay = h.WeightDecay
	return train.Options{
		QueriesPerStep: h.QueriesPerStep, Epochs: h.Epochs, LearningRate: h.LearningRate, Schedule: train.Schedule(h.Schedule),
		WarmUp: h.WarmUp, Temperature: h.Temperature, LearnTemperature: h.Learned, TargetScale: h.TargetScale, InBatch: h.InBatch, Clip: h.Clip, Optimizer: optimizer,
		AverageDecay: h.Average, FreezeBlocks: h.Freeze, LoRA: train.LoRA{Rank: h.LoRA}, Dimensions: h.Matryoshka, Seed: seed,
		QueryMaxLength: e.QueryMaxLength, DocumentMaxLength: e.DocumentMaxLength,
	}
}

// parsed takes a text that a package reads.
func parsed[T any](to *T, parse func(string) (T, error)) func(yaml.Node) error {
	return yaml.Into(to, func(n yaml.Node) (T, error) {
		text, err := n.Text()
		if err != nil {
			var none T
			return none, err
		}
		value, err := parse(text)
		return value, n.Wrap(err)
	})
}

// positive takes a number above 0.
func positive(to *float64) func(yaml.Node) error {
	return func(n yaml.Node) error {
		if err := yaml.Number(to, 0)(n); err != nil {
			return err
		}
		if *to == 0 {
			return n.Errorf("want a number above 0, got %s", n.Value)
		}
		return nil
	}
}

// share takes a number from 0 to 1.
func share(to *float64) func(yaml.Node) error {
	return func(n yaml.Node) error {
		if err := yaml.Number(to, 0)(n); err != nil {
			return err
		}
		if *to > 1 {
			return n.Errorf("want a number from 0 to 1, got %s", n.Value)
		}
		return nil
	}
}

// wholes takes a list of whole numbers of at least low.
func wholes(to *[]int, low int) func(yaml.Node) error {
	return func(n yaml.Node) error {
		*to = nil
		return n.List(func(child yaml.Node) error {
			var x int
			err := yaml.Whole(&x, low)(child)
			*to = append(*to, x)
			return err
		})
	}
}

// Grid is named values of some hyperparameters: every combination of them is a point.
type Grid []Axis

// Axis is the values of one hyperparameter.
type Axis struct {
	Name   string
	Values []yaml.Node
}

func readGrid(n yaml.Node) (Grid, error) {
	var grid Grid
	err := n.Pairs("a grid of hyperparameters", func(key, value yaml.Node) error {
		axis := Axis{Name: key.Value}
		err := value.List(func(child yaml.Node) error {
			axis.Values = append(axis.Values, child)
			return new(Hyperparameters).set(key, child)
		})
		if err == nil && len(axis.Values) == 0 {
			err = value.Errorf("want values of %s, got none", key.Value)
		}
		grid = append(grid, axis)
		return err
	})
	return grid, err
}

// point is a choice of hyperparameters.
type point struct {
	name   string // such as lr=2e-5,epochs=3, also of its folders; "" of no choice
	values Values
}

// points are the grid's, the last axis fastest. A nil grid has one, which chooses nothing.
func (g Grid) points() []point {
	points := []point{{values: Values{}}}
	for _, axis := range g {
		var longer []point
		for _, p := range points {
			for _, value := range axis.Values {
				name := fmt.Sprintf("%s=%s", axis.Name, strings.ReplaceAll(value.Value, "/", "_"))
				if p.name != "" {
					name = p.name + "," + name
				}
				longer = append(longer, point{name, p.values.with(Values{axis.Name: value})})
			}
		}
		points = longer
	}
	return points
}
