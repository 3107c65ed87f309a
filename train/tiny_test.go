package train

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/encoder/encodertest"
)

// tiny is a small model with random weights: its steps take milliseconds.
func tiny(t testing.TB) *encoder.Model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny")
	if err := encodertest.Tiny().Write(dir); err != nil {
		t.Fatal(err)
	}
	m, err := encoder.Load(context.Background(), dir, encoder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tinyOptions are a run of two epochs of four steps over fewGroups(8).
func tinyOptions() Options {
	return Options{Loss: only("infonce"), Temperature: 0.1, QueriesPerStep: 2, Epochs: 2, LearningRate: 1e-3, WarmUp: 0.2}
}

func weightsOf(t testing.TB, m *encoder.Model) map[string][]float32 {
	t.Helper()
	list, err := m.Weights()
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{}
	for _, w := range list {
		weights[w.Name] = w.Data
	}
	return weights
}

func mustTrain(t testing.TB, m *encoder.Model, groups []Group, opts Options) Result {
	t.Helper()
	result, err := Train(context.Background(), m, groups, opts)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
