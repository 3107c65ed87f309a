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
			value, _ := t.opts.Loss(&scores, b.grades)
			total += value
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
