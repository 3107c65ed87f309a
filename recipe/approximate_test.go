package recipe_test

import (
	"fmt"
	"github.com/gradus-ir/gradus/trec"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/recipe"
)

// gaussians makes a vectors folder of random rows.
func gaussians(t *testing.T, dir, encoder string, seed uint64, rows int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	err := index.Create(dir, index.Options{Dim: 16, Encoder: encoder}, func(w *index.Writer) error {
		for i := range rows {
			row := make([]float32, 16)
			for d := range row {
				row[d] = float32(r.NormFloat64())
			}
			if err := w.Append(fmt.Sprintf("d%d", i), row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A search of an index that looks at all of it writes the run of the exact search.
func TestSearchApproximate(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	vectors := gaussians(t, path("vectors"), "abc", 1, 400)
	if err := ivf.Build(t.Context(), path("ivf"), []string{vectors}, ivf.Options{}); err != nil {
		t.Fatal(err)
	}
	opts := recipe.SearchOptions{Vectors: []string{vectors}, QueryVectors: gaussians(t, path("queries"), "abc", 2, 5), Depth: 20, Tag: "run", Out: path("exact.run")}
	if err := recipe.Search(t.Context(), nil, opts); err != nil {
		t.Fatal(err)
	}
	approximate := recipe.ApproximateOptions{Index: path("ivf"), Effort: ivf.Effort{Probe: 1000, Rescore: 1000}}
	opts.Out = path("approximate.run")
	if err := recipe.SearchApproximate(t.Context(), nil, opts, approximate); err != nil {
		t.Fatal(err)
	}
	exact, err := trec.ReadRun(path("exact.run"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := trec.ReadRun(path("approximate.run"))
	if err != nil {
		t.Fatal(err)
	}
	for queryID, ranking := range exact.Rankings {
		for i, want := range ranking {
			if has := got.Rankings[queryID][i]; has != want {
				t.Errorf("query %s, rank %d: want %v, got %v", queryID, i+1, want, has)
			}
		}
	}
	opts.QueryVectors = gaussians(t, path("others"), "xyz", 2, 5)
	if err := recipe.SearchApproximate(t.Context(), nil, opts, approximate); err == nil || !strings.Contains(err.Error(), "want queries of the encoder that made these vectors (abc)") {
		t.Errorf("queries of another encoder: want them refused, got %v", err)
	}
}
