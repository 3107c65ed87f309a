package train

import (
	"context"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
)

// Validation looks at a model in the middle of its training. The weights with
// the highest value are those that the run ends with.
type Validation struct {
	Of       func(ctx context.Context, m *encoder.Model) (float64, error) // higher is better; nil never looks
	Steps    int                                                          // between two looks; 0 is an epoch
	Patience int                                                          // looks without a new best after which the run ends; 0 goes on
}

// due says whether the model is looked at after a number of steps; always after the last.
func (v Validation) due(done, steps, perEpoch int) bool {
	if v.Of == nil {
		return false
	}
	every := v.Steps
	if every == 0 {
		every = perEpoch
	}
	return done%every == 0 || done == steps
}

// look validates after the last step that is done, where that is due and was
// not yet, and adds the value to the step.
func (t *trainer) look(ctx context.Context, done []Step, steps int) error {
	if len(done) == 0 || !t.opts.Validation.due(len(done), steps, t.order.steps()) {
		return nil
	}
	last := &done[len(done)-1]
	if last.Validation != nil {
		return nil
	}
	value, err := t.validate(ctx, len(done))
	if err != nil {
		return err
	}
	last.Validation = &value
	return t.keeper.noteAgain(*last)
}

// validate looks at the model after a number of steps and remembers the best.
func (t *trainer) validate(ctx context.Context, done int) (float64, error) {
	var value float64
	err := t.engine.averagedWeights(func() error {
		var err error
		if value, err = t.opts.Validation.Of(ctx, t.model); err != nil {
			return err
		}
		if t.best.Step > 0 && value <= t.best.Value {
			t.best.Since++
			return nil
		}
		t.best = best{Step: done, Value: value}
		t.bestWeights, err = t.model.Weights()
		return err
	})
	return value, err
}

// patienceEnded says whether the run has gone on long enough without a new best.
func (t *trainer) patienceEnded() bool {
	return t.opts.Validation.Patience > 0 && t.best.Since >= t.opts.Validation.Patience
}

// averagedWeights calls f with the moving average in the model's place, where there is one.
func (e *engine) averagedWeights(f func() error) error {
	if e.optimizer.average == 0 {
		return f()
	}
	trained := e.model.WeightTensors()
	var average []*tensors.Tensor
	for i, s := range e.optimizer.stateList(e.model.WeightList()) {
		if strings.HasPrefix(s.Name, averaged) {
			average = append(average, e.state[i])
		}
	}
	e.model.SetWeights(average)
	defer e.model.SetWeights(trained)
	return f()
}

// finish leaves the model with the weights that the run ends with: the best
// that were seen, else the average, else the last.
func (t *trainer) finish() error {
	if t.bestWeights != nil {
		return setWeights(t.model, t.bestWeights)
	}
	if t.engine.optimizer.average == 0 {
		return nil
	}
	var weights []encoder.Weight
	err := t.engine.averagedWeights(func() error {
		var err error
		weights, err = t.model.Weights()
		return err
	})
	if err != nil {
		return err
	}
	return setWeights(t.model, weights)
}
