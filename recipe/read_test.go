package recipe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/recipes"
)

// small is a recipe that tests change.
const small = `measures: [nDCG@10, RR@10]
seeds: [1, 2]
collections:
  cranfield:
    path: data:cranfield
    splits:
      even: {of: test, numbers: even}
      dev: {of: test, numbers: odd, draw: 20}
  lists: data:cranfield-graded
encoders:
  a: {model: model}
  b: {model: model, keep-layers: [0]}
train: {epochs: 2}
tune: {on: cranfield/dev, grid: {lr: [1e-5, 3e-5]}}
arms:
  bm25: {kind: bm25}
  base: {encoder: [a, b]}
  trained: {inherits: base, baseline: base, loss: ws2, sources: lists}
  more: {inherits: trained, loss: ws2+0.5*infonce, train: {epochs: 3}}
  fusion: {inherits: base, kind: fusion, of: [bm25, more], baseline: bm25}
tests: [cranfield/even]
`

func TestArmsInherit(t *testing.T) {
	r, err := Parse("r.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range r.Arms {
		names = append(names, a.Name)
	}
	want := []string{"bm25", "a/base", "b/base", "a/trained", "b/trained", "a/more", "b/more", "a/fusion", "b/fusion"}
	if !slices.Equal(names, want) {
		t.Fatalf("got arms %q, want %q", names, want)
	}
	more, err := r.arm("b/more")
	if err != nil {
		t.Fatal(err)
	}
	h, err := more.Values.with(more.Grid.points()[1].values).read()
	if err != nil {
		t.Fatal(err)
	}
	if h.Loss != "ws2+0.5*infonce" || h.Epochs != 3 || h.LearningRate != 3e-5 || h.Temperature != 0 || h.QueriesPerStep != 16 {
		t.Errorf("got hyperparameters %+v", h)
	}
	if more.Baseline != "b/base" || more.Encoder != "b" || len(more.Sources) != 1 || more.Sources[0].Split.String() != "lists/train" {
		t.Errorf("got %+v", more)
	}
	fusion, _ := r.arm("a/fusion")
	if fusion.Baseline != "bm25" || !slices.Equal(fusion.Of, []string{"bm25", "a/more"}) || fusion.Trained() {
		t.Errorf("got %+v", fusion)
	}
}

func TestOnlyKeepsWhatIsComparedWith(t *testing.T) {
	for _, c := range []struct {
		names, want string
	}{{"b/trained", "b/base b/trained"}, {"trained", "a/base b/base a/trained b/trained"}, {"a/fusion", "bm25 a/base a/more a/fusion"}} {
		r, err := Parse("r.yaml", []byte(small))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Only([]string{c.names}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.armNames(), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.names, got, c.want)
		}
	}
	r, _ := Parse("r.yaml", []byte(small))
	if err := r.Only([]string{"trainde"}); err == nil || !strings.Contains(err.Error(), `unknown arm "trainde"`) {
		t.Errorf("got %v", err)
	}
}

func TestMistakesPointAtTheLine(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"seeds: [1, 2]", "seed: [1, 2]", `r.yaml:2: unknown key "seed" of a recipe (did you mean seeds?)`},
		{"seeds: [1, 2]", "seeds: [1, 1]", `r.yaml:2: seed 1 stands there already`},
		{"nDCG@10, RR", "ndgc@10, RR", `r.yaml:1: unknown measure "ndgc@10" (did you mean nDCG@10?)`},
		{"loss: ws2,", "loss: wss2,", `r.yaml:18: unknown loss "wss2"`},
		{"loss: ws2,", "lose: ws2,", `r.yaml:18: unknown key "lose" of an arm (did you mean loss?)`},
		{"sources: lists", "sources: list", `r.yaml:18: unknown collection "list" (did you mean lists?)`},
		{"sources: lists", "sources: {from: lists, min-grade: 2, max-grade: 1}", `r.yaml:18: want min-grade at most max-grade`},
		{"sources: lists", "sources: {from: lists, max-grade: 4}", `r.yaml:18: a source with max-grade 4 wants grade`},
		{"more: {inherits: trained", "more: {inherits: trainde", `r.yaml:19: unknown arm "trainde"; an arm inherits from one above it (did you mean trained?)`},
		{"baseline: base,", "baseline: bas,", `r.yaml:18: arm a/trained names an unknown arm "bas"`},
		{"encoder: [a, b]", "encoder: [a, c]", `r.yaml:17: unknown encoder "c"`},
		{"{kind: bm25}", "{kind: bm25, loss: ws2}", `r.yaml:16: arm bm25 of kind bm25 takes no loss`},
		{"{kind: bm25}", "{kind: bm52}", `r.yaml:16: unknown word "bm52" (did you mean bm25?)`},
		{"train: {epochs: 3}", "train: {epochs: 0}", `r.yaml:19: want a number above 0, got 0`},
		{"train: {epochs: 3}", "train: {epoch: 3}", `r.yaml:19: unknown hyperparameter "epoch" (did you mean epochs?)`},
		{"train: {epochs: 3}", "grid: {lr: [1e-5, 2e-5, 3e-5]}", `r.yaml:19: arm a/more: want a grid of 2 points, as the arms above have, got 3; the same budget for all`},
		{"on: cranfield/dev", "on: cranfield/even", `r.yaml:14: want tune on a split of training queries, got cranfield/even, which is tested`},
		{"tests: [cranfield/even]", "tests: [cranfield]", `r.yaml:21: test cranfield names no split, COLLECTION/SPLIT; without labels it wants a judge`},
		{"tests: [cranfield/even]", "tests: [cranfield/even, cranfield/even]", `r.yaml:21: two tests are called cranfield/even`},
		{"data:cranfield-graded", "data:cranfeild", `r.yaml:9: gradus carries no collection "cranfeild"`},
		{"path: data:cranfield", "of: lists", `r.yaml:4: collection cranfield is a part of an unknown one, "lists"`},
		{"{of: test, numbers: even}", "{numbers: even}", `r.yaml:7: split even wants of`},
		{"{model: model}", "{}", `r.yaml:11: encoder a wants model`},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if text == small {
			t.Fatalf("%s is not in the recipe", c.old)
		}
		if _, err := Parse("r.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
}

func TestOurRecipesRead(t *testing.T) {
	paths, err := filepath.Glob("../recipes/*.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatalf("want our recipes, found %q, %v", paths, err)
	}
	for _, path := range paths {
		if _, err := Read(path); err != nil {
			t.Error(err)
		}
		if _, err := recipes.FS.ReadFile(filepath.Base(path)); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryKeyIsDocumented holds docs/recipes.md to the keys that are read.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range hyperparameterNames() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/recipes.md has nothing of the hyperparameter %s", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("arms: {a: {inherits: a}}")
	f.Add("collections: {a: {of: b}, b: {of: a}}")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse("r.yaml", []byte(text))
		if err == nil && (len(r.Arms) == 0 || len(r.Tests) == 0) {
			t.Error("want arms and tests in a recipe without errors")
		}
	})
}
