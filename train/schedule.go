package train

import (
	"fmt"
	"math"
)

// Schedule is how the learning rate moves over the steps.
type Schedule string

// The schedules.
const (
	Linear   Schedule = "linear"   // up to the full rate over the warm-up, then down to zero at the end
	Cosine   Schedule = "cosine"   // up to the full rate over the warm-up, then down to zero along half a cosine
	Constant Schedule = "constant" // up to the full rate over the warm-up, then constant
)

// ParseSchedule reads a schedule's name.
func ParseSchedule(name string) (Schedule, error) {
	if s := Schedule(name); s == Linear || s == Cosine || s == Constant {
		return s, nil
	}
	return "", fmt.Errorf("unknown schedule %q; want %s, %s or %s", name, Linear, Cosine, Constant)
}

// factor is what the learning rate is multiplied by at a step, counted from 0.
// warmUp is the number of steps of warm-up.
func (s Schedule) factor(step, steps, warmUp int) float64 {
	if step < warmUp {
		return float64(step+1) / float64(warmUp)
	}
	left := float64(steps-step) / float64(max(1, steps-warmUp)) // from 1 down
	switch s {
	case Constant:
		return 1
	case Cosine:
		return (1 - math.Cos(math.Pi*left)) / 2
	}
	return left
}
