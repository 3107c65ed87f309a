package recipe

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/collection/contamination"
	"github.com/gradus-ir/gradus/internal/assets"
)

// TestZeroShot: a test is called zero-shot if nothing of it was trained on, and refused otherwise.
func TestZeroShot(t *testing.T) {
	dir := tinyWorld(t)
	other := func(name, text string) {
		err := collection.Write(filepath.Join(dir, name), func(w *collection.Writer) error {
			return errors.Join(
				w.Query(collection.Query{ID: "a", Text: "how long do tulips keep in a vase of cold water"}), w.Grade("test", "a", "b", 1),
				w.Document(collection.Document{ID: "b", Text: "Cut tulips keep for a week where the water is changed every other day."}),
				w.Document(collection.Document{ID: "c", Text: text}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	other("far", "Roses want their leaves taken off below the water line, and a cut across the stem.")
	other("near", "buckling of shells, study 3 of flow in a nozzle") // as texts has it, for a training query

	recipe := func(name string) string {
		return strings.NewReplacer("encoders:", "  other: "+name+"\nencoders:", "tests: [texts/test]", "tests:\n  - {on: other/test, zero-shot: true}",
			"grid: {lr: [1e-3, 3e-3]}", "grid: {lr: [1e-3]}", "seeds: [1, 2]", "seeds: [1]").Replace(oneArm)
	}
	e := open(t, filepath.Join(dir, "refused"))
	var ran []string
	e.Watch = func(event Event) { ran = append(ran, event.Stage) }
	_, err := parse(t, dir, recipe("near")).Run(t.Context(), e, assets.Options{})
	if !errors.Is(err, contamination.ErrOverlap) || !strings.Contains(err.Error(), "recipe.yaml:20: not zero-shot: ") || !strings.Contains(err.Error(), "document c is like document q2-3") {
		t.Errorf("want the test refused at its line, with what is alike, got %v", err)
	}
	if slices.ContainsFunc(ran, func(stage string) bool { return strings.HasPrefix(stage, "train ") }) {
		t.Errorf("want it refused before a training, got %q", ran)
	}
	outcome, _ := run(t, dir, recipe("far"))
	if note := outcome.Report.Collections[0].Note; note != "zero-shot: nothing in common with what arms are trained on" {
		t.Errorf("the report says of the test: %q", note)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "overlaps", "other.json")); err != nil {
		t.Error(err)
	}
}
