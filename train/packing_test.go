package train

import (
	"testing"

	"github.com/gradus-ir/gradus/encoder"
)

// TestARunIsTwoShapes: XLA compiles each shape that it meets, so a run meets
// all of them, the full micro-batch and the single bin, in its first steps.
// And little of them is padding.
func TestARunIsTwoShapes(t *testing.T) {
	m := miniLM(t, encoder.Options{})
	groups := cranfieldTrajectory(t).groups
	opts, err := Options{Loss: only("ws2"), Temperature: 0.1, QueriesPerStep: 16}.withDefaults(m)
	if err != nil {
		t.Fatal(err)
	}
	run := &trainer{model: m, opts: opts, order: &order{groups: groups, perStep: opts.QueriesPerStep, shuffle: true, seed: 1}}
	run.packing = run.choosePacking()
	shapes := map[[2]int]bool{}
	tokens, padded := 0, 0
	for n := range 5 * run.order.steps() {
		b := run.batch(n)
		for _, micro := range b.micro {
			shapes[[2]int{micro.Capacity, micro.Length}] = true
		}
		tokens, padded = tokens+b.tokens, padded+b.padded
	}
	if len(shapes) > 2 {
		t.Errorf("want two shapes, got %v", shapes)
	}
	if waste := 1 - float64(tokens)/float64(padded); waste > 0.05 {
		t.Errorf("padding is %.1f %% of the tokens, want at most 5 %%", 100*waste)
	}
}
