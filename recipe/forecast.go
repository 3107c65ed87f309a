package recipe

import (
	"context"
	"slices"
	"time"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/train"
)

// forecastSteps are the real steps that a forecast is made from.
const forecastSteps = 10

// Forecast is what a training will take, judged by its first steps.
type Forecast struct {
	Groups    int     `json:"groups"`
	Documents int     `json:"documents"`
	Steps     int     `json:"steps"`
	Tried     int     `json:"tried"`   // steps that were really taken
	Seconds   float64 `json:"seconds"` // of the whole run, compilation included
	Tokens    float64 `json:"tokens_per_second"`
	Padding   float64 `json:"padding"`     // share of the tokens that are padding
	Memory    int64   `json:"memory_peak"` // bytes the process has held at most
}

// ForecastTraining takes the first steps of a training and writes nothing. The model is not fit for use afterwards.
func ForecastTraining(ctx context.Context, m *encoder.Model, opts TrainOptions) (Forecast, error) {
	_, groups, err := opts.prepare(m)
	if err != nil {
		return Forecast{}, err
	}
	return forecast(ctx, m, groups, opts.Train)
}

func forecast(ctx context.Context, m *encoder.Model, groups []train.Group, opts train.Options) (Forecast, error) {
	opts.MaxSteps = forecastSteps
	start := time.Now()
	defer collectOften()()
	result, err := train.Train(ctx, m, groups, opts)
	if err != nil {
		return Forecast{}, err
	}
	f := Forecast{Groups: result.Groups, Documents: result.Documents, Steps: result.Planned, Tried: len(result.Steps), Memory: peakMemory()}
	var seconds []float64
	tokens, padded, total := 0, 0, 0.0
	for i, s := range result.Steps {
		if i > 0 || len(result.Steps) == 1 { // the first compiles
			seconds = append(seconds, s.Seconds)
			tokens, padded, total = tokens+s.Tokens, padded+s.Padded, total+s.Seconds
		}
	}
	slices.Sort(seconds)
	median := seconds[len(seconds)/2]
	f.Seconds = time.Since(start).Seconds() + median*float64(result.Planned-len(result.Steps))
	f.Tokens = float64(tokens) / total
	f.Padding = 1 - float64(tokens)/float64(padded)
	return f, nil
}
