package train

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// The temperatures that calibration tries: cosines lie within ±1, and outside
// this range every softmax of them is a single spike or flat.
const (
	lowestTemperature  = 0.005
	highestTemperature = 1.0
	temperatureSteps   = 54 // about a tenth apart
)

// temperature is what similarities are divided by; learned, it moves with the
// weights. What it holds is all that a run needs to go on.
type temperature struct {
	Value   float64 `json:"value"`
	Learned bool    `json:"learned"`
	Step    int     `json:"step"` // updates so far
	First   float64 `json:"first"`
	Second  float64 `json:"second"`
}

// temperatureRate is how far an update moves the logarithm of a learned
// temperature where the weights' learning rate is at its highest: one number
// shared by all scores takes larger steps than a weight.
const temperatureRate = 0.01

func (t *temperature) value() float64 { return t.Value }

// update moves a learned temperature by the loss's slope over its logarithm, as
// AdamW without decay moves a weight. factor is the schedule's.
func (t *temperature) update(a AdamW, slope, factor float64) {
	if !t.Learned {
		return
	}
	t.Step++
	t.First = a.Beta1*t.First + (1-a.Beta1)*slope
	t.Second = a.Beta2*t.Second + (1-a.Beta2)*slope*slope
	first := t.First / (1 - math.Pow(a.Beta1, float64(t.Step)))
	second := t.Second / (1 - math.Pow(a.Beta2, float64(t.Step)))
	moved := math.Log(t.Value) - temperatureRate*factor*first/(math.Sqrt(second)+a.Epsilon)
	t.Value = min(max(math.Exp(moved), lowestTemperature), highestTemperature)
}

// calibrate encodes the batches of the first epoch once with the untrained
// model and returns the temperature at which their mean loss is smallest.
//
// A list-wise target that is flatter than the model's scores pulls the model
// flat before it teaches anything; at this temperature the pull is least. Only
// training lists are looked at.
func (t *trainer) calibrate(ctx context.Context) (float64, error) {
	type encoded struct {
		similarities, grades *mat.Dense
	}
	var batches []encoded
	for n := range t.order.steps() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		b := t.batch(n)
		vectors, way, err := t.engine.forth(b, false)
		if err := errors.Join(err, way.free()); err != nil {
			return 0, err
		}
		batches = append(batches, encoded{newScores(vectors, b.queries, t.cosine(), 1).matrix(), b.grades})
	}
	mean := func(temperature float64) float64 {
		total := 0.0
		for _, b := range batches {
			var scores mat.Dense
			scores.Scale(1/temperature, b.similarities)
			values, _ := t.opts.Loss.Of(&scores, b.grades)
			total += t.opts.Loss.Total(values)
		}
		return total / float64(len(batches))
	}
	return smallest(mean, lowestTemperature, highestTemperature, temperatureSteps), nil
}

// smallest returns the argument between low and high at which f is smallest:
// the best of a geometric grid, refined by golden section between its neighbours.
func smallest(f func(float64) float64, low, high float64, steps int) float64 {
	ratio := math.Pow(high/low, 1/float64(steps-1))
	best, value := low, math.Inf(1)
	for i := range steps {
		x := low * math.Pow(ratio, float64(i))
		if y := f(x); y < value {
			best, value = x, y
		}
	}
	const golden = 0.6180339887498949
	a, b := math.Max(low, best/ratio), math.Min(high, best*ratio)
	c, d := b-golden*(b-a), a+golden*(b-a)
	fc, fd := f(c), f(d)
	for b-a > 1e-3*best {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - golden*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + golden*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}
