package train

import (
	"fmt"
	"math"
	"time"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
)

// Options are the hyperparameters of a run. The zero value of a number means its default, where one is named.
type Options struct {
	Loss             loss.Sum
	Temperature      float64 // scores are similarities divided by it; 0 calibrates it on the training lists
	LearnTemperature bool    // moves it with the weights, from Temperature
	TargetScale      float64 // grades are multiplied by it before the loss sees them; default 1
	InBatch          InBatch // what documents of other queries are; default InBatchZero
	Dimensions       []int   // widths of Matryoshka training; none is the model's own alone
	QueriesPerStep   int     // default 16
	Epochs           float64 // passes over the groups; a part of one ends early; default 1
	LearningRate     float64 // at its highest; default 2e-5
	Schedule         Schedule
	WarmUp           float64 // share of the steps in which the learning rate rises
	Clip             float64 // highest global norm of the gradient; 0 does not clip
	Optimizer        AdamW   // the zero value is DefaultAdamW
	FreezeBlocks     int     // the lowest parts that stay as they are: 1 the embeddings, each more a layer
	LoRA             LoRA    // trains adapters in place of the weights
	AverageDecay     float64 // of a moving average of the weights, which the run ends with; 0 has none
	Seed             uint64  // of the order of groups, and of what is drawn
	InOrder          bool    // keeps the groups' order instead of shuffling each epoch
	MaxSteps         int     // ends the run early, as if it were cut off; 0 does not

	QueryMaxLength    int // tokens; default 64
	DocumentMaxLength int // tokens; default the model's maximum

	Devices      int   // that share the work of a step; default 1
	Plan         Plan  // default Auto
	MemoryBudget int64 // bytes that the fused plan may keep of a step; default 4 GiB
	Recompute    bool  // keeps of each layer its output alone: gradient checkpointing, for a third more time

	Validation  Validation
	Checkpoints Checkpoints

	Calibrated func(temperature float64) // called where the temperature was calibrated
	Resumed    func(step int)            // called where the run goes on after a step
	Progress   func(Step)                // called after each step
}

// Plan is how a step gets from its loss back to the weights.
type Plan string

// The plans; their numbers are the same.
const (
	Auto   Plan = "auto"   // fused where a step fits the memory budget, else cached
	Fused  Plan = "fused"  // keeps what the way there has computed: fastest
	Cached Plan = "cached" // computes it again: memory does not grow with the queries of a step
)

// ParsePlan reads a plan's name.
func ParsePlan(name string) (Plan, error) {
	if p := Plan(name); p == Auto || p == Fused || p == Cached {
		return p, nil
	}
	return "", fmt.Errorf("unknown plan %q; want %s, %s or %s", name, Auto, Fused, Cached)
}

// Step is what is known of a step after its update.
type Step struct {
	Step         int                `json:"step"` // counted from 1
	Steps        int                `json:"-"`
	Epoch        float64            `json:"epoch"` // passes over the groups so far
	Loss         float64            `json:"loss"`
	Terms        map[string]float64 `json:"terms,omitempty"` // of a loss that is a sum, not weighted
	GradientNorm float64            `json:"gradient_norm"`   // before clipping
	LearningRate float64            `json:"learning_rate"`
	Temperature  float64            `json:"temperature"`
	Tokens       int                `json:"tokens"` // real ones of this step
	Padded       int                `json:"padded"` // tokens of this step with padding
	Seconds      float64            `json:"seconds"`
	Validation   *float64           `json:"validation,omitempty"` // where the model was looked at after this step
}

// Result sums a run up.
type Result struct {
	Steps       []Step
	Planned     int // steps of the whole run; more than were done where it ended early
	Groups      int
	Silent      int // groups left out for want of a document above grade 0
	Documents   int
	Temperature float64
	Best        int // step whose weights were kept, 0 where none was validated
	Duration    time.Duration
}

func (o Options) withDefaults(m *encoder.Model) (Options, error) {
	if len(o.Loss) == 0 {
		return o, fmt.Errorf("train: want a loss")
	}
	defaultTo(&o.TargetScale, 1)
	defaultTo(&o.InBatch, InBatchZero)
	defaultTo(&o.QueriesPerStep, 16)
	defaultTo(&o.Epochs, 1)
	defaultTo(&o.LearningRate, 2e-5)
	defaultTo(&o.Schedule, Linear)
	defaultTo(&o.Optimizer, DefaultAdamW)
	defaultTo(&o.Plan, Auto)
	defaultTo(&o.Devices, 1)
	defaultTo(&o.MemoryBudget, 4<<30)
	defaultTo(&o.QueryMaxLength, min(64, m.MaxPositions))
	defaultTo(&o.DocumentMaxLength, m.MaxLength)
	return o, o.check(m)
}

func (o Options) check(m *encoder.Model) error {
	switch {
	case m.Precision == encoder.Int8:
		return fmt.Errorf("train: want float32 or bfloat16 products, got %s, which is for encoding alone", m.Precision)
	case o.QueriesPerStep < 1:
		return fmt.Errorf("train: want at least 1 query a step, got %d", o.QueriesPerStep)
	case !(o.TargetScale > 0) || math.IsInf(o.TargetScale, 0):
		return fmt.Errorf("train: want a target scale above 0, got %g", o.TargetScale)
	case o.Devices < 1:
		return fmt.Errorf("train: want at least 1 device, got %d", o.Devices)
	case o.Epochs <= 0 || o.LearningRate <= 0 || o.Temperature < 0 || o.Clip < 0 || o.WarmUp < 0 || o.WarmUp > 1:
		return fmt.Errorf("train: want positive epochs and learning rate, a temperature and clip of 0 or more and a warm-up between 0 and 1, got %g, %g, %g, %g and %g", o.Epochs, o.LearningRate, o.Temperature, o.Clip, o.WarmUp)
	case o.FreezeBlocks < 0 || o.FreezeBlocks > m.Layers:
		return fmt.Errorf("train: want between 0 and %d frozen blocks, the embeddings and the layers below the last, got %d", m.Layers, o.FreezeBlocks)
	case o.AverageDecay < 0 || o.AverageDecay >= 1:
		return fmt.Errorf("train: want a decay of the average of at least 0 and below 1, got %g", o.AverageDecay)
	case o.LoRA.Rank < 0 || o.LoRA.Rank > m.HiddenSize:
		return fmt.Errorf("train: want adapters of a rank up to the model's width %d, got %d", m.HiddenSize, o.LoRA.Rank)
	}
	for _, length := range []int{o.QueryMaxLength, o.DocumentMaxLength} {
		if length < 3 || length > m.MaxPositions {
			return fmt.Errorf("train: want maximum lengths between 3 and the model's %d positions, got %d", m.MaxPositions, length)
		}
	}
	for _, width := range o.Dimensions {
		if width < 1 || width > m.Dimensions() {
			return fmt.Errorf("train: want dimensions between 1 and the model's %d, got %d", m.Dimensions(), width)
		}
	}
	return nil
}

func defaultTo[T comparable](value *T, standard T) {
	if *value == *new(T) {
		*value = standard
	}
}
