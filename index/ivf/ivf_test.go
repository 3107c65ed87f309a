package ivf_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/trec"
)

// clustered rows, as texts on a few subjects are.
func clustered(r *rand.Rand, n, dim, clusters int) [][]float32 {
	centres := make([][]float32, clusters)
	for i := range centres {
		centres[i] = gaussian(r, dim, 1)
	}
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = gaussian(r, dim, 0.7)
		for d, x := range centres[r.IntN(clusters)] {
			rows[i][d] += x
		}
	}
	return rows
}

func gaussian(r *rand.Rand, dim int, deviation float64) []float32 {
	v := make([]float32, dim)
	for d := range v {
		v[d] = float32(r.NormFloat64() * deviation)
	}
	return v
}

// write makes a vectors folder of rows named d0, d1, … from first on.
func write(t testing.TB, dir string, similarity index.Similarity, rows [][]float32, first int) string {
	t.Helper()
	err := index.Create(dir, index.Options{Dim: len(rows[0]), Similarity: similarity}, func(w *index.Writer) error {
		for i, row := range rows {
			if err := w.Append(fmt.Sprintf("d%d", first+i), row); err != nil {
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

func build(t testing.TB, dir string, opts ivf.Options, vectors ...string) string {
	t.Helper()
	if err := ivf.Build(t.Context(), dir, vectors, opts); err != nil {
		t.Fatal(err)
	}
	return dir
}

func search(t testing.TB, dir string, queries [][]float32, k int, effort ivf.Effort) [][]trec.Scored {
	t.Helper()
	x, err := ivf.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rankings, err := x.TopK(t.Context(), queries, k, effort)
	if err != nil {
		t.Fatal(err)
	}
	return rankings
}

func exact(t testing.TB, dir string, queries [][]float32, k int) [][]trec.Scored {
	t.Helper()
	v, err := index.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rankings, err := v.TopK(t.Context(), queries, k)
	if err != nil {
		t.Fatal(err)
	}
	return rankings
}

// everything looks at all there is.
var everything = ivf.Effort{Probe: 1 << 20, Rescore: 1 << 20}

// ids are the documents of rankings: scores may differ in the last bit of a float32.
func ids(rankings [][]trec.Scored) [][]string {
	all := make([][]string, len(rankings))
	for i, ranking := range rankings {
		for _, doc := range ranking {
			all[i] = append(all[i], doc.DocID)
		}
	}
	return all
}

var similarities = []index.Similarity{index.Cosine, index.Dot, index.Euclidean}

// With everything looked at, the search is the exact one.
func TestEverythingIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, similarity := range similarities {
		for _, size := range []struct{ rows, dim, k int }{{1, 1, 1}, {7, 3, 10}, {100, 5, 100}, {1000, 24, 20}, {3000, 100, 100}} {
			dir := t.TempDir()
			rows, queries := clustered(r, size.rows, size.dim, 5), clustered(r, 20, size.dim, 5)
			vectors := write(t, filepath.Join(dir, "vectors"), similarity, rows, 0)
			x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, vectors)
			want, got := exact(t, vectors, queries, size.k), search(t, x, queries, size.k, everything)
			if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
				t.Errorf("%s, %+v: (-exact +got)\n%s", similarity, size, diff)
			}
			for i, doc := range got[0] {
				if diff := doc.Score - want[0][i].Score; diff > 1e-4 || diff < -1e-4 {
					t.Errorf("%s, %+v, rank %d: want score %v, got %v", similarity, size, i+1, want[0][i].Score, doc.Score)
				}
			}
		}
	}
}

func recall(want, got [][]trec.Scored) float64 {
	found, all := 0, 0
	for i := range want {
		there := make(map[string]bool)
		for _, doc := range got[i] {
			there[doc.DocID] = true
		}
		for _, doc := range want[i] {
			all++
			if there[doc.DocID] {
				found++
			}
		}
	}
	return float64(found) / float64(all)
}

func TestDefaultEffortFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, similarity := range similarities {
		dir := t.TempDir()
		all := clustered(r, 20_050, 64, 200)
		vectors := write(t, filepath.Join(dir, "vectors"), similarity, all[50:], 0)
		x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, vectors)
		got := recall(exact(t, vectors, all[:50], 100), search(t, x, all[:50], 100, ivf.Effort{}))
		if got < 0.95 {
			t.Errorf("%s: want a recall@100 of at least 0.95, got %.3f", similarity, got)
		}
	}
}

// contents are the bytes of an index, but for its manifest with the time in it.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == "manifest.json" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Neither the cores, nor the memory, nor an interruption changes an index.
func TestBuildIsDeterministic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	dir := t.TempDir()
	vectors := write(t, filepath.Join(dir, "vectors"), index.Cosine, clustered(r, 4000, 32, 10), 0)
	want := contents(t, build(t, filepath.Join(dir, "one"), ivf.Options{Seed: 5}, vectors))
	same := func(what, name string) {
		t.Helper()
		if got := contents(t, filepath.Join(dir, name)); !cmp.Equal(want, got) {
			t.Errorf("%s: want the same index, got another", what)
		}
		if leftovers, _ := filepath.Glob(filepath.Join(dir, name+".*")); leftovers != nil {
			t.Errorf("%s: want nothing left beside the index, got %q", what, leftovers)
		}
	}
	build(t, filepath.Join(dir, "memory"), ivf.Options{Seed: 5, Memory: 1}, vectors)
	same("lists put in order one by one", "memory")
	before := runtime.GOMAXPROCS(1)
	build(t, filepath.Join(dir, "core"), ivf.Options{Seed: 5}, vectors)
	runtime.GOMAXPROCS(before)
	same("one core", "core")

	for stop := 0; ; stop++ { // at each place that progress is told of
		name := fmt.Sprint("stopped", stop)
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		opts := ivf.Options{Seed: 5, Progress: func(string, int64, int64) {
			if told == stop {
				cancel()
			}
			told++
		}}
		err := ivf.Build(ctx, filepath.Join(dir, name), []string{vectors}, opts)
		cancel()
		if told <= stop {
			break
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err != nil {
			told = stop + 1 // no more stops
			opts.Progress = nil
			if err := ivf.Build(t.Context(), filepath.Join(dir, name), []string{vectors}, opts); err != nil {
				t.Fatal(err)
			}
		}
		same(fmt.Sprint("stopped at ", stop), name)
	}
	if other := contents(t, build(t, filepath.Join(dir, "other"), ivf.Options{Seed: 6}, vectors)); cmp.Equal(want, other) {
		t.Error("another seed: want another index, got the same")
	}
}

// What a killed build did is not done again, and another build does not take it for its own.
func TestBuildGoesOn(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	dir := t.TempDir()
	vectors := write(t, filepath.Join(dir, "vectors"), index.Dot, clustered(r, 500, 16, 4), 0)
	x := filepath.Join(dir, "ivf")
	ctx, cancel := context.WithCancel(t.Context())
	err := ivf.Build(ctx, x, []string{vectors}, ivf.Options{Progress: func(stage string, done, total int64) {
		if stage == "centroids" && done == 4 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("want context.Canceled, got %v", err)
	}
	if err := ivf.Build(t.Context(), x, []string{vectors}, ivf.Options{Seed: 9}); err == nil || !strings.Contains(err.Error(), "ivf.building: want the vectors and options that this build was begun with") {
		t.Errorf("another seed: want the build that was begun named, got %v", err)
	}
	first := int64(-1)
	err = ivf.Build(t.Context(), x, []string{vectors}, ivf.Options{Progress: func(_ string, done, _ int64) {
		if first < 0 {
			first = done
		}
	}})
	if err != nil || first != 4 {
		t.Errorf("want it to go on with round 4, got %d and %v", first, err)
	}
}

func TestSearchErrors(t *testing.T) {
	dir := t.TempDir()
	vectors := write(t, filepath.Join(dir, "vectors"), index.Cosine, [][]float32{{1, 0}, {0, 1}}, 0)
	x, err := ivf.Open(build(t, filepath.Join(dir, "ivf"), ivf.Options{}, vectors))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for want, query := range map[string][]float32{
		"query at place 1: want 2 dimensions, got 3":                    {1, 2, 3},
		"query at place 1: want finite numbers, got NaN in dimension 1": {1, float32nan()},
		"search: want a depth of at least 1, got 0":                     nil,
	} {
		k, queries := 1, [][]float32{query}
		if query == nil {
			k = 0
		}
		if _, err := x.TopK(t.Context(), queries, k, ivf.Effort{}); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if _, err := x.Search(t.Context(), []string{"q", "q"}, [][]float32{{1, 0}, {1, 0}}, 1, ivf.Effort{}); err == nil || err.Error() != `query "q": want each id once, got it twice` {
		t.Errorf("a query twice: got %v", err)
	}
	got, err := x.TopK(t.Context(), [][]float32{{0, 0}, {3, 0}}, 100, ivf.Effort{})
	if err != nil || len(got[0]) != 2 || got[1][0] != (trec.Scored{DocID: "d0", Score: 1}) {
		t.Errorf("a query of zeros, and a depth larger than the folder: want all documents, got %v and %v", got, err)
	}
	if got, err := x.TopK(t.Context(), nil, 1, ivf.Effort{}); len(got) != 0 || err != nil {
		t.Errorf("no queries: want no rankings, got %v and %v", got, err)
	}
}

func float32nan() float32 { var zero float32; return zero / zero }

func TestBuildErrors(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	docs := write(t, path("docs"), index.Cosine, [][]float32{{1, 0}, {0, 1}}, 0)
	wide := write(t, path("wide"), index.Cosine, [][]float32{{1, 0, 0}}, 10)
	dots := write(t, path("dots"), index.Dot, [][]float32{{1, 0}}, 20)
	if err := index.Create(path("none"), index.Options{Dim: 2}, func(*index.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for want, vectors := range map[string][]string{
		"index: want at least one vectors folder, got none":                    nil,
		`document "d0": want it in one of the folders to index, got it in two`: {docs, docs},
		"wide: want vectors of 2 dimensions, as the others', got 3":            {docs, wide},
		"dots: want vectors of the similarity cosine, as the others', got dot": {docs, dots},
		"want a folder written by gradus":                                      {dir},
		"none: want at least one vector to index, got none":                    {path("none")},
	} {
		err := ivf.Build(t.Context(), path("refused"), vectors, ivf.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if entries, _ := filepath.Glob(path("refused*")); entries != nil {
		t.Errorf("want nothing written, got %q", entries)
	}
	if err := ivf.Build(t.Context(), docs, []string{docs}, ivf.Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder that exists: want fs.ErrExist, got %v", err)
	}
	if _, err := ivf.Open(docs); err == nil || !strings.Contains(err.Error(), "is it made by gradus index?") {
		t.Errorf("a vectors folder opened as an index: got %v", err)
	}
	x := build(t, path("ivf"), ivf.Options{}, docs)
	if err := os.RemoveAll(docs); err != nil {
		t.Fatal(err)
	}
	write(t, docs, index.Cosine, [][]float32{{1, 1}, {0, 1}}, 0)
	if _, err := ivf.Open(x); err == nil || !strings.Contains(err.Error(), "docs: want the vectors folder that") {
		t.Errorf("other vectors in the folder: want it refused, got %v", err)
	}
}
