package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
)

// untimed is a step without what the clock decides.
func untimed(steps []Step) []Step {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i].Seconds, steps[i].Steps = 0, 0
	}
	return steps
}

// drawnGroups have documents that are drawn anew in each epoch.
func drawnGroups(n int) []Group {
	groups := fewGroups(n)
	for i := range groups {
		others := slices.Clone(groups[(i+1)%n].Documents[2:])
		groups[i].Draws = []Draw{{From: others, Count: 1}}
		groups[i].Weight = 1 + float64(i%2)/2
	}
	return groups
}

// TestResumeIsBitIdentical cuts a run at each of ten steps, resumes it, and
// wants the weights and steps of one that was never cut: with everything on
// that has a state.
func TestResumeIsBitIdentical(t *testing.T) {
	for seed := range uint64(2) {
		options := func() Options {
			opts := tinyOptions()
			opts.Seed, opts.LearnTemperature, opts.AverageDecay = seed, true, 0.5
			opts.Epochs = 3
			opts.Validation = Validation{Steps: 3, Of: func(_ context.Context, m *encoder.Model) (float64, error) {
				weights, err := m.Weights()
				return math.Abs(float64(weights[0].Data[0])), err
			}}
			return opts
		}
		whole := tiny(t)
		uncut := mustTrain(t, whole, drawnGroups(8), options())
		if uncut.Planned != 15 {
			t.Fatalf("%d steps, want 15", uncut.Planned)
		}
		want := weightsOf(t, whole)
		for cut := 1; cut <= 10; cut++ {
			opts := options()
			opts.Checkpoints = Checkpoints{Dir: filepath.Join(t.TempDir(), "run"), Resume: true}
			ctx, cancel := context.WithCancel(context.Background())
			opts.Progress = func(s Step) {
				if s.Step == cut {
					cancel()
				}
			}
			if _, err := Train(ctx, tiny(t), drawnGroups(8), opts); !errors.Is(err, context.Canceled) {
				t.Fatalf("seed %d, cut at %d: %v", seed, cut, err)
			}
			resumedAt := 0
			opts.Resumed, opts.Progress = func(step int) { resumedAt = step }, nil
			m := tiny(t)
			result := mustTrain(t, m, drawnGroups(8), opts)
			if resumedAt != cut {
				t.Errorf("seed %d: resumed after step %d, want %d", seed, resumedAt, cut)
			}
			if !reflect.DeepEqual(untimed(result.Steps), untimed(uncut.Steps)) {
				t.Errorf("seed %d, cut at %d: other steps", seed, cut)
			}
			if moved := changed(want, weightsOf(t, m)); len(moved) > 0 {
				t.Errorf("seed %d, cut at %d: %v differ", seed, cut, moved)
			}
		}
	}
}

// Cut off while the model is looked at, a run looks first when it goes on.
func TestResumeInTheMiddleOfAValidation(t *testing.T) {
	options := func(stop func()) Options {
		opts := tinyOptions()
		looks := 0
		opts.Validation = Validation{Steps: 2, Of: func(ctx context.Context, m *encoder.Model) (float64, error) {
			if looks++; looks == 2 && stop != nil {
				stop()
				return 0, ctx.Err()
			}
			weights, err := m.Weights()
			return float64(weights[0].Data[0]), err
		}}
		return opts
	}
	whole := tiny(t)
	uncut := mustTrain(t, whole, fewGroups(8), options(nil))
	ctx, cancel := context.WithCancel(context.Background())
	opts := options(cancel)
	opts.Checkpoints = Checkpoints{Dir: filepath.Join(t.TempDir(), "run"), Resume: true}
	if cut, err := Train(ctx, tiny(t), fewGroups(8), opts); !errors.Is(err, context.Canceled) || len(cut.Steps) != 4 {
		t.Fatalf("%d steps, %v", len(cut.Steps), err)
	}
	checkpoints := opts.Checkpoints
	opts = options(nil)
	opts.Checkpoints = checkpoints
	m := tiny(t)
	result := mustTrain(t, m, fewGroups(8), opts)
	if !reflect.DeepEqual(untimed(result.Steps), untimed(uncut.Steps)) || result.Best != uncut.Best {
		t.Errorf("other steps, or the best is %d and not %d", result.Best, uncut.Best)
	}
	if moved := changed(weightsOf(t, whole), weightsOf(t, m)); len(moved) > 0 {
		t.Errorf("%v differ", moved)
	}
}

func TestAdaptersResumeToo(t *testing.T) {
	opts := tinyOptions()
	opts.LoRA = LoRA{Rank: 2}
	whole := tiny(t)
	mustTrain(t, whole, fewGroups(8), opts)
	opts.Checkpoints = Checkpoints{Dir: filepath.Join(t.TempDir(), "run"), Resume: true, Steps: 3}
	opts.MaxSteps = 5
	mustTrain(t, tiny(t), fewGroups(8), opts)
	opts.MaxSteps = 0
	m := tiny(t)
	mustTrain(t, m, fewGroups(8), opts)
	if moved := changed(weightsOf(t, whole), weightsOf(t, m)); len(moved) > 0 {
		t.Errorf("%v differ", moved)
	}
}

func TestCheckpointsAreKeptNewestFirst(t *testing.T) {
	opts := tinyOptions()
	dir := filepath.Join(t.TempDir(), "run")
	opts.Checkpoints = Checkpoints{Dir: dir, Steps: 2, Keep: 2}
	mustTrain(t, tiny(t), fewGroups(8), opts)
	paths, err := checkpointPaths(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	if want := []string{"step-000000006", "step-000000004"}; !slices.Equal(paths, want) {
		t.Errorf("checkpoints %v, want %v: the last step needs none", paths, want)
	}

	// Without Resume what is there is not overwritten, and not gone on from.
	_, err = Train(context.Background(), tiny(t), fewGroups(8), opts)
	if err == nil || !strings.Contains(err.Error(), "a training was interrupted here at step 6; resume it, or remove the folder") {
		t.Errorf("got error %v", err)
	}

	// A damaged checkpoint is passed over for the one before it; none whole is an error.
	damage := func(name string) {
		path := filepath.Join(dir, name, tensorsName)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	damage("step-000000006")
	opts.Checkpoints.Resume, opts.MaxSteps = true, 5
	resumedAt := 0
	opts.Resumed = func(step int) { resumedAt = step }
	mustTrain(t, tiny(t), fewGroups(8), opts)
	if resumedAt != 4 {
		t.Errorf("resumed after step %d, want 4", resumedAt)
	}
	damage("step-000000004")
	if _, err := Train(context.Background(), tiny(t), fewGroups(8), opts); err == nil || !strings.Contains(err.Error(), "want SHA-256") {
		t.Errorf("got error %v", err)
	}
}

func TestCheckpointOfAnotherRun(t *testing.T) {
	opts := tinyOptions()
	opts.Checkpoints = Checkpoints{Dir: filepath.Join(t.TempDir(), "run"), Steps: 1, Resume: true, Identity: map[string]string{"learning_rate": "0.001", "seed": "0"}}
	opts.MaxSteps = 2
	mustTrain(t, tiny(t), fewGroups(8), opts)
	opts.Checkpoints.Identity = map[string]string{"learning_rate": "0.002", "seed": "0"}
	_, err := Train(context.Background(), tiny(t), fewGroups(8), opts)
	if err == nil || !strings.Contains(err.Error(), `its learning_rate is "0.001", this one's "0.002"`) {
		t.Errorf("got error %v", err)
	}
}

func TestTwoRunsDoNotShareAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first, err := openKeeper(Checkpoints{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openKeeper(Checkpoints{Dir: dir}); !errors.Is(err, durable.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("want an error that names the holder, got %v", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder without a checkpoint is left: %v", err)
	}
}

func TestTheBestModelIsKeptAndPatienceEnds(t *testing.T) {
	values := map[int]float64{2: 0.3, 4: 0.5, 6: 0.5, 8: 0.4, 10: 0.2}
	opts := tinyOptions()
	opts.Epochs = 4
	var seen []map[string][]float32
	looks := 0
	opts.Validation = Validation{Steps: 2, Patience: 2, Of: func(_ context.Context, m *encoder.Model) (float64, error) {
		looks++
		seen = append(seen, weightsOf(t, m))
		return values[2*looks], nil
	}}
	m := tiny(t)
	result := mustTrain(t, m, fewGroups(8), opts)
	if result.Best != 4 || len(result.Steps) != 8 {
		t.Errorf("best step %d of %d taken, want 4 of 8", result.Best, len(result.Steps))
	}
	if moved := changed(seen[1], weightsOf(t, m)); len(moved) > 0 {
		t.Errorf("the model is not that of step 4: %v differ", moved)
	}
	for _, s := range result.Steps {
		if want, ok := values[s.Step]; ok != (s.Validation != nil) || ok && *s.Validation != want {
			t.Errorf("step %d: validation %v, want %v %t", s.Step, s.Validation, want, ok)
		}
	}
}

// What a run's identity does not name is taken from this run, what it names must be the same.
func TestDiffers(t *testing.T) {
	a := map[string]string{"x": "1", "y": "2"}
	if err := differs("p", a, maps.Clone(a)); err != nil {
		t.Error(err)
	}
	for _, b := range []map[string]string{{"x": "1"}, {"x": "1", "y": "3"}, {"x": "1", "y": "2", "z": "4"}} {
		if err := differs("p", a, b); err == nil {
			t.Errorf("%v passes for %v", b, a)
		}
	}
}
