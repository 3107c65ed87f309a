// Package train trains a dual encoder list-wise on graded lists.
//
//	sources → groups → batches → scores → loss → gradient → weights
//	source.go  group.go  list.go   score.go  loss/   engine.go
//
// A step encodes a batch, takes the loss over the matrix of scores and grades
// on the host, and pulls its gradient through the encoder on the device.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
)

// Options are the hyperparameters of a run. The zero value of a number means its default, where one is named.
type Options struct {
	Loss           loss.Func
	Temperature    float64 // scores are similarities divided by it; 0 calibrates it on the training lists
	QueriesPerStep int     // default 16
	Epochs         float64 // passes over the groups; a part of one ends early; default 1
	LearningRate   float64 // at its highest; default 2e-5
	Schedule       Schedule
	WarmUp         float64 // share of the steps in which the learning rate rises
	Clip           float64 // highest global norm of the gradient; 0 does not clip
	Optimizer      AdamW   // the zero value is DefaultAdamW
	Seed           uint64  // of the order of groups
	InOrder        bool    // keeps the groups' order instead of shuffling each epoch

	QueryMaxLength    int // tokens; default 64
	DocumentMaxLength int // tokens; default the model's maximum

	Plan         Plan  // default Auto
	MemoryBudget int64 // bytes that the fused plan may keep of a step; default 4 GiB

	Calibrated func(temperature float64) // called where the temperature was calibrated
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

// Step is what is known of a step after its update.
type Step struct {
	Step         int     `json:"step"` // counted from 1
	Steps        int     `json:"-"`
	Epoch        float64 `json:"epoch"` // passes over the groups so far
	Loss         float64 `json:"loss"`
	GradientNorm float64 `json:"gradient_norm"` // before clipping
	LearningRate float64 `json:"learning_rate"`
	Tokens       int     `json:"tokens"` // real ones of this step
	Padded       int     `json:"padded"` // tokens of this step with padding
	Seconds      float64 `json:"seconds"`
}

// Result sums a run up.
type Result struct {
	Steps       []Step
	Groups      int
	Documents   int
	Temperature float64
	Duration    time.Duration
}

func (o Options) withDefaults(m *encoder.Model) (Options, error) {
	if o.Loss == nil {
		return o, fmt.Errorf("train: want a loss")
	}
	defaultTo(&o.QueriesPerStep, 16)
	defaultTo(&o.Epochs, 1)
	defaultTo(&o.LearningRate, 2e-5)
	defaultTo(&o.Schedule, Linear)
	defaultTo(&o.Optimizer, DefaultAdamW)
	defaultTo(&o.Plan, Auto)
	defaultTo(&o.MemoryBudget, 4<<30)
	defaultTo(&o.QueryMaxLength, min(64, m.MaxPositions))
	defaultTo(&o.DocumentMaxLength, m.MaxLength)
	switch {
	case o.QueriesPerStep < 1:
		return o, fmt.Errorf("train: want at least 1 query a step, got %d", o.QueriesPerStep)
	case o.Epochs <= 0 || o.LearningRate <= 0 || o.Temperature < 0 || o.Clip < 0 || o.WarmUp < 0 || o.WarmUp > 1:
		return o, fmt.Errorf("train: want positive epochs and learning rate, a temperature and clip of 0 or more and a warm-up between 0 and 1, got %g, %g, %g, %g and %g", o.Epochs, o.LearningRate, o.Temperature, o.Clip, o.WarmUp)
	}
	for _, length := range []int{o.QueryMaxLength, o.DocumentMaxLength} {
		if length < 3 || length > m.MaxPositions {
			return o, fmt.Errorf("train: want maximum lengths between 3 and the model's %d positions, got %d", m.MaxPositions, length)
		}
	}
	return o, nil
}

func defaultTo[T comparable](value *T, standard T) {
	if *value == *new(T) {
		*value = standard
	}
}

// trainer is one run.
type trainer struct {
	model   *encoder.Model
	opts    Options
	order   order
	packing encoder.Packing
	engine  *engine
}

// Train trains the model in place on the groups. Cancelling ctx ends it
// between two steps with ctx's error; the weights are then those of the last
// full step. A loss or gradient that is not finite ends it before the update.
func Train(ctx context.Context, m *encoder.Model, groups []Group, opts Options) (Result, error) {
	opts, err := opts.withDefaults(m)
	if err != nil {
		return Result{}, err
	}
	if len(groups) == 0 {
		return Result{}, fmt.Errorf("train: want at least one group")
	}
	start := time.Now()
	t := &trainer{model: m, opts: opts,
		order: order{groups: groups, perStep: opts.QueriesPerStep, shuffle: !opts.InOrder, seed: opts.Seed}}
	t.packing = t.choosePacking()
	if t.engine, err = newEngine(m, opts); err != nil {
		return Result{}, err
	}
	if t.opts.Temperature == 0 {
		if t.opts.Temperature, err = t.calibrate(ctx); err != nil {
			return Result{}, err
		}
		if opts.Calibrated != nil {
			opts.Calibrated(t.opts.Temperature)
		}
	}
	result := Result{Groups: len(groups), Temperature: t.opts.Temperature}
	for _, g := range groups {
		result.Documents += len(g.Documents)
	}
	steps := max(1, int(math.Round(opts.Epochs*float64(t.order.steps()))))
	for n := range steps {
		if err := ctx.Err(); err != nil {
			return result, err
		}
		step, err := t.step(n, steps)
		if err != nil {
			return result, fmt.Errorf("step %d of %d: %w", n+1, steps, err)
		}
		result.Steps = append(result.Steps, step)
		if opts.Progress != nil {
			opts.Progress(step)
		}
	}
	result.Duration = time.Since(start)
	return result, nil
}

func (t *trainer) cosine() bool { return t.model.Normalize || t.model.Similarity == "cosine" }

func (t *trainer) roles() (query, document role) {
	return role{t.model.PromptFor("query"), t.opts.QueryMaxLength}, role{t.model.PromptFor("document"), t.opts.DocumentMaxLength}
}

func (t *trainer) batch(n int) *batch {
	query, document := t.roles()
	return newBatch(t.model, t.packing, t.order.step(n), query, document)
}

// step is one step of training, n counted from 0: this is where a grade becomes a gradient.
func (t *trainer) step(n, steps int) (Step, error) {
	start := time.Now()
	b := t.batch(n)
	vectors, way, err := t.engine.forth(b, t.engine.keeps(b))
	if err != nil {
		return Step{}, err
	}
	scores := newScores(vectors, b.queries, t.cosine(), t.opts.Temperature)
	value, gradient := t.opts.Loss(scores.matrix(), b.grades)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return Step{}, errors.Join(fmt.Errorf("the loss is %g; a lower learning rate or a higher temperature may help", value), way.free())
	}
	if err := t.engine.takeBack(way, scores.gradient(gradient)); err != nil {
		return Step{}, err
	}
	norm, err := t.engine.gradientNorm()
	if err != nil {
		return Step{}, err
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return Step{}, fmt.Errorf("the gradient's norm is %g at a loss of %g; the weights were left as they were", norm, value)
	}
	clip := 1.0
	if t.opts.Clip > 0 && norm > t.opts.Clip {
		clip = t.opts.Clip / norm
	}
	rate := t.opts.LearningRate * t.opts.Schedule.factor(n, steps, int(math.Ceil(t.opts.WarmUp*float64(steps))))
	if err := t.engine.apply(rate, clip); err != nil {
		return Step{}, err
	}
	return Step{
		Step: n + 1, Steps: steps, Epoch: float64(n+1) / float64(t.order.steps()),
		Loss: value, GradientNorm: norm, LearningRate: rate,
		Tokens: b.tokens, Padded: b.padded, Seconds: time.Since(start).Seconds(),
	}, nil
}
