// Package train trains a dual encoder list-wise on graded lists.
//
//	sources → groups → batches → scores → loss → gradient → weights
//	source.go  group.go  order.go  score.go  loss/  engine.go  optimizer.go
//	                     batch.go
//
// A step encodes a batch, takes the loss over the matrix of scores and grades
// on the host, and pulls its gradient through the encoder on the device.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/encoder"
)

// trainer is one run.
type trainer struct {
	model       *encoder.Model
	opts        Options
	order       *order
	packing     encoder.Packing
	engine      *engine
	keeper      *keeper
	temperature temperature
	best        best
	bestWeights []encoder.Weight
}

// Train trains the model in place on the groups. Cancelling ctx ends it
// between two steps with ctx's error, after a checkpoint where there is a place
// for one; the weights are then those of the last full step. A loss or gradient
// that is not finite ends it before the update.
func Train(ctx context.Context, m *encoder.Model, groups []Group, opts Options) (result Result, err error) {
	start := time.Now()
	opts, err = opts.withDefaults(m)
	if err != nil {
		return Result{}, err
	}
	if len(groups) == 0 {
		return Result{}, fmt.Errorf("train: want at least one group")
	}
	loud := slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return !g.teaches() })
	if len(loud) == 0 {
		return Result{}, fmt.Errorf("train: want a query with a document above grade 0: none of the %d has one, the first is %q", len(groups), groups[0].Query.ID)
	}
	t := &trainer{model: m, opts: opts,
		order: &order{groups: loud, perStep: opts.QueriesPerStep, shuffle: !opts.InOrder, seed: opts.Seed}}
	t.packing = t.choosePacking()
	if t.engine, err = newEngine(m, opts); err != nil {
		return Result{}, err
	}
	if t.keeper, err = openKeeper(opts.Checkpoints); err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, t.keeper.close()) }()

	result = Result{Groups: len(loud), Silent: len(groups) - len(loud), Planned: max(1, int(math.Round(opts.Epochs*float64(t.order.steps()))))}
	for _, g := range loud {
		result.Documents += len(g.Documents)
		for _, draw := range g.Draws {
			result.Documents += min(draw.Count, len(draw.From))
		}
	}
	if result.Steps, err = t.begin(ctx); err != nil {
		return result, err
	}
	result.Steps, err = t.run(ctx, result.Steps, result.Planned)
	result.Temperature, result.Best = t.temperature.value(), t.best.Step
	if err != nil {
		return result, err
	}
	result.Duration = time.Since(start)
	return result, t.finish()
}

// begin takes the run to where its steps go on, and returns those done before.
func (t *trainer) begin(ctx context.Context) ([]Step, error) {
	done, err := t.restore()
	if err != nil {
		return nil, err
	}
	if len(done) > 0 {
		if t.opts.Resumed != nil {
			t.opts.Resumed(len(done))
		}
		return done, nil
	}
	t.temperature = temperature{Value: t.opts.Temperature, Learned: t.opts.LearnTemperature}
	if t.temperature.Value > 0 {
		return nil, nil
	}
	if t.temperature.Value, err = t.calibrate(ctx); err != nil {
		return nil, err
	}
	if t.opts.Calibrated != nil {
		t.opts.Calibrated(t.temperature.Value)
	}
	return nil, nil
}

// run takes the steps after those that are done.
func (t *trainer) run(ctx context.Context, done []Step, steps int) ([]Step, error) {
	ahead, stop := context.WithCancel(ctx)
	defer stop()
	last := steps
	if t.opts.MaxSteps > 0 {
		last = min(last, t.opts.MaxSteps)
	}
	if err := t.look(ctx, done, steps); err != nil { // where a run was cut off before it had looked
		return done, err
	}
	for b := range t.prefetch(ahead, len(done), last) {
		if ctx.Err() != nil {
			break
		}
		step, err := t.step(b, len(done), steps)
		if err != nil {
			return done, fmt.Errorf("step %d of %d: %w", len(done)+1, steps, err)
		}
		done = append(done, step)
		if err := t.keeper.note(step); err != nil {
			return done, err
		}
		if err := t.look(ctx, done, steps); err != nil {
			return done, errors.Join(err, t.save(len(done)))
		}
		if t.opts.Progress != nil {
			t.opts.Progress(done[len(done)-1])
		}
		if t.patienceEnded() {
			return done, nil
		}
		if t.keeper.due(len(done)) && len(done) < steps {
			if err := t.save(len(done)); err != nil {
				return done, err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		if len(done) == 0 {
			return done, err
		}
		return done, errors.Join(err, t.save(len(done)))
	}
	return done, nil
}

// prefetch lays the batches of steps out, each while the one before is trained on.
func (t *trainer) prefetch(ctx context.Context, from, to int) <-chan *batch {
	batches := make(chan *batch)
	go func() {
		defer close(batches)
		for n := from; n < to; n++ {
			select {
			case batches <- t.batch(n):
			case <-ctx.Done():
				return
			}
		}
	}()
	return batches
}

func (t *trainer) cosine() bool { return t.model.Normalize || t.model.Similarity == "cosine" }

func (t *trainer) roles() (query, document role) {
	return role{t.model.PromptFor("query"), t.opts.QueryMaxLength}, role{t.model.PromptFor("document"), t.opts.DocumentMaxLength}
}

func (t *trainer) batch(n int) *batch {
	query, document := t.roles()
	b := newBatch(t.model, t.packing, t.order.step(n), t.opts.InBatch, query, document)
	b.scaleGrades(t.opts.TargetScale)
	return b
}

// step is one step of training, n counted from 0: this is where a grade becomes a gradient.
func (t *trainer) step(b *batch, n, steps int) (Step, error) {
	start := time.Now()
	vectors, way, err := t.engine.forth(b, t.engine.keeps(b))
	if err != nil {
		return Step{}, t.explain(err)
	}
	if b.queries*b.documents >= largeMatrix {
		runtime.GC() // or the last step's matrices lie beside this one's
	}
	outcome := t.objective(vectors, b)
	if err := outcome.check(t, b); err != nil {
		return Step{}, errors.Join(err, way.free())
	}
	if err := t.engine.takeBack(way, outcome.gradient); err != nil {
		return Step{}, t.explain(err)
	}
	norm, err := t.engine.gradientNorm()
	if err != nil {
		return Step{}, err
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return Step{}, fmt.Errorf("the gradient's norm is %g at a loss of %g on %s; the weights were left as they were", norm, outcome.value, b.name())
	}
	clip := 1.0
	if t.opts.Clip > 0 && norm > t.opts.Clip {
		clip = t.opts.Clip / norm
	}
	factor := t.opts.Schedule.factor(n, steps, int(math.Ceil(t.opts.WarmUp*float64(steps))))
	if err := t.engine.apply(t.opts.LearningRate*factor, clip); err != nil {
		return Step{}, t.explain(err)
	}
	step := Step{
		Step: n + 1, Steps: steps, Epoch: float64(n+1) / float64(t.order.steps()),
		Loss: outcome.value, GradientNorm: norm, LearningRate: t.opts.LearningRate * factor, Temperature: t.temperature.value(),
		Tokens: b.tokens, Padded: b.padded,
	}
	if len(outcome.terms) > 1 {
		step.Terms = map[string]float64{}
		for i, v := range outcome.terms {
			step.Terms[t.opts.Loss[i].Name] = v
		}
	}
	t.temperature.update(t.opts.Optimizer, outcome.slope, factor)
	step.Seconds = time.Since(start).Seconds()
	return step, nil
}

// largeMatrix is a score matrix of 8 MiB.
const largeMatrix = 1 << 20

// explain says which knob to turn where the device has no memory left.
func (t *trainer) explain(err error) error {
	if text := err.Error(); !strings.Contains(text, "RESOURCE_EXHAUSTED") && !strings.Contains(text, "ut of memory") {
		return err
	}
	if t.opts.Plan != Cached {
		return fmt.Errorf("%w; the cached plan, a smaller memory budget or shorter documents need less memory", err)
	}
	return fmt.Errorf("%w; shorter documents need less memory", err)
}
