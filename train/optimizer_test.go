package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
)

// changed lists the weights that a training changed, by name, sorted.
func changed(before, after map[string][]float32) []string {
	var names []string
	for name := range before {
		if !slices.Equal(before[name], after[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestFrozenBlocksStayAsTheyAre(t *testing.T) {
	m := tiny(t)
	before := weightsOf(t, m)
	opts := tinyOptions()
	opts.FreezeBlocks = 2 // the embeddings and layer 0
	mustTrain(t, m, fewGroups(8), opts)
	moved := changed(before, weightsOf(t, m))
	for name := range before {
		if want := encoder.Block(name) == 2; want != slices.Contains(moved, name) {
			t.Errorf("%s: changed %t, want %t", name, !want, want)
		}
	}
}

// What is above the frozen blocks gets the gradient it would get without them.
func TestFreezingDoesNotChangeTheRest(t *testing.T) {
	free, frozen := tiny(t), tiny(t)
	opts := tinyOptions()
	opts.MaxSteps = 1
	mustTrain(t, free, fewGroups(8), opts)
	opts.FreezeBlocks = 2
	mustTrain(t, frozen, fewGroups(8), opts)
	a, b := weightsOf(t, free), weightsOf(t, frozen)
	for name := range a {
		if encoder.Block(name) == 2 && !close32(a[name], b[name], 1e-6) {
			t.Errorf("%s differs", name)
		}
	}
}

func close32(a, b []float32, tolerance float64) bool {
	for i := range a {
		if math.Abs(float64(a[i])-float64(b[i])) > tolerance {
			return false
		}
	}
	return len(a) == len(b)
}

// Adapters change the layers' matrices by a product of their rank, and nothing else.
func TestLoRAMovesMatricesByItsRank(t *testing.T) {
	m := tiny(t)
	before := weightsOf(t, m)
	opts := tinyOptions()
	opts.LoRA = LoRA{Rank: 1}
	opts.LearningRate = 1e-2
	result := mustTrain(t, m, fewGroups(8), opts)
	after := weightsOf(t, m)
	shapes := map[string][]int{}
	for _, w := range m.WeightList() {
		shapes[w.Name] = w.Shape
	}
	moved := changed(before, after)
	for name, shape := range shapes {
		want := strings.HasPrefix(name, encoder.LayerPrefix) && len(shape) == 2
		if want != slices.Contains(moved, name) {
			t.Errorf("%s: changed %t, want %t", name, !want, want)
		}
	}
	for _, name := range moved {
		if rank := rankOf(before[name], after[name], shapes[name][1]); rank > 1 {
			t.Errorf("%s changed by a matrix of rank %d, want 1", name, rank)
		}
	}
	if first, last := result.Steps[0].Loss, result.Steps[len(result.Steps)-1].Loss; !(last < first) {
		t.Errorf("the loss went from %g to %g", first, last)
	}
}

// rankOf is the rank of a difference, by elimination: 0, 1, or 2 for anything higher.
func rankOf(before, after []float32, columns int) int {
	var rows [][]float64
	largest := 0.0
	for i := 0; i < len(before); i += columns {
		row := make([]float64, columns)
		for j := range row {
			row[j] = float64(after[i+j]) - float64(before[i+j])
			largest = max(largest, math.Abs(row[j]))
		}
		rows = append(rows, row)
	}
	if largest == 0 {
		return 0
	}
	var pivot []float64
	for _, row := range rows {
		if pivot == nil || dot(row, row) > dot(pivot, pivot) {
			pivot = row
		}
	}
	for _, row := range rows {
		share := dot(row, pivot) / dot(pivot, pivot)
		for j := range row {
			if math.Abs(row[j]-share*pivot[j]) > 1e-4*largest {
				return 2
			}
		}
	}
	return 1
}

// The average is the recurrence over the weights after each step, from the first ones on.
func TestAverageIsTheRecurrence(t *testing.T) {
	const decay = 0.7
	m := tiny(t)
	want := weightsOf(t, m)
	for steps := range 3 {
		opts := tinyOptions()
		opts.MaxSteps = steps + 1
		trained := tiny(t)
		mustTrain(t, trained, fewGroups(8), opts)
		for name, w := range weightsOf(t, trained) {
			for i := range w {
				want[name][i] = float32(decay*float64(want[name][i]) + (1-decay)*float64(w[i]))
			}
		}
	}
	opts := tinyOptions()
	opts.MaxSteps, opts.AverageDecay = 3, decay
	mustTrain(t, m, fewGroups(8), opts)
	for name, got := range weightsOf(t, m) {
		if !close32(got, want[name], 1e-5) {
			t.Errorf("%s is not the average", name)
		}
	}
}

// With no gradient to speak of, a step takes rate × decay off what decays.
func TestDecayMatricesOnly(t *testing.T) {
	for _, matricesOnly := range []bool{false, true} {
		m := tiny(t)
		before := weightsOf(t, m)
		opts := tinyOptions()
		opts.Optimizer = DefaultAdamW
		opts.Optimizer.WeightDecay, opts.Optimizer.DecayMatricesOnly = 100, matricesOnly
		opts.Optimizer.Epsilon = 1e9 // no step but the decay's
		opts.Schedule, opts.WarmUp, opts.MaxSteps = Constant, 0, 1
		mustTrain(t, m, fewGroups(8), opts)
		after := weightsOf(t, m)
		for _, w := range m.WeightList() {
			share := 1 - opts.LearningRate*100
			if matricesOnly && len(w.Shape) == 1 {
				share = 1
			}
			for i, v := range before[w.Name] {
				if math.Abs(float64(after[w.Name][i])-share*float64(v)) > 1e-5 {
					t.Errorf("matrices only %t: %s went from %g to %g, want × %g", matricesOnly, w.Name, v, after[w.Name][i], share)
					break
				}
			}
		}
	}
}

// A gradient above the limit moves the weights as one scaled down to it would:
// AdamW's first step ignores the scale, so two are taken, of different norms.
func TestClippingLimitsTheGradient(t *testing.T) {
	run := func(clip float64) Result {
		opts := tinyOptions()
		opts.Clip, opts.MaxSteps = clip, 4
		return mustTrain(t, tiny(t), fewGroups(8), opts)
	}
	free := run(0)
	lowest := math.Inf(1)
	for _, s := range free.Steps {
		lowest = min(lowest, s.GradientNorm)
	}
	if loose := run(1e6); loose.Steps[3].Loss != free.Steps[3].Loss {
		t.Error("a limit above every norm changed the run")
	}
	if tight := run(lowest / 2); tight.Steps[3].Loss == free.Steps[3].Loss {
		t.Error("a limit below every norm changed nothing")
	}
}

func TestSchedules(t *testing.T) {
	const steps, warmUp = 10, 2
	for schedule, want := range map[Schedule][]float64{
		Linear:   {0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125},
		Constant: {0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1},
		Cosine:   {0.5, 1, 1, 0.9619, 0.8536, 0.6913, 0.5, 0.3087, 0.1464, 0.0381},
	} {
		for step, w := range want {
			if got := schedule.factor(step, steps, warmUp); math.Abs(got-w) > 1e-4 {
				t.Errorf("%s at step %d: %g, want %g", schedule, step, got, w)
			}
		}
	}
}

func TestOptionsThatDoNotFitTheModel(t *testing.T) {
	m := tiny(t)
	for want, change := range map[string]func(*Options){
		"want between 0 and 2 frozen blocks":                 func(o *Options) { o.FreezeBlocks = 3 },
		"want adapters of a rank up to the model's width 16": func(o *Options) { o.LoRA.Rank = 17 },
		"want dimensions between 1 and the model's 16":       func(o *Options) { o.Dimensions = []int{16, 17} },
		"want maximum lengths between 3 and":                 func(o *Options) { o.QueryMaxLength = 1000 },
	} {
		opts := tinyOptions()
		change(&opts)
		if _, err := Train(context.Background(), m, fewGroups(2), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, fmt.Sprint(err))
		}
	}
}
