package ivf_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
)

// After any insertions, deletions and rebuilds, in any order, an index that is
// searched whole finds what an exact search finds among the vectors that are
// left, and its manifest counts them.
func TestChangesKeepTheIndexExact(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		similarity := similarities[seed%3]
		dir := t.TempDir()
		queries := clustered(r, 5, 12, 3)
		left := make(map[string][]float32)
		next := 0
		add := func() string {
			rows := clustered(r, 1+r.IntN(120), 12, 3)
			for i, row := range rows {
				left[fmt.Sprintf("d%d", next+i)] = row
			}
			next += len(rows)
			return write(t, filepath.Join(dir, fmt.Sprintf("vectors%d", next)), similarity, rows, next-len(rows))
		}
		x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, add())
		for step := range 12 {
			var did string
			var err error
			switch choice := r.IntN(10); {
			case choice < 3:
				did, err = "insert", ivf.Insert(t.Context(), x, []string{add()}, ivf.Options{})
			case choice < 8 && len(left) > 0:
				did = "delete"
				some := slices.Sorted(keys(left))
				r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				some = some[:1+r.IntN(min(len(some), 60))]
				for _, id := range some {
					delete(left, id)
				}
				err = ivf.Delete(x, some)
			case len(left) > 0:
				did, err = "rebuild", ivf.Rebuild(t.Context(), x, ivf.Options{Seed: int64(step)})
			}
			if err != nil {
				t.Fatalf("seed %d, step %d, %s: %v", seed, step, did, err)
			}
			compare(t, fmt.Sprintf("seed %d, step %d, %s", seed, step, did), x, similarity, left, queries)
		}
	}
}

func keys(m map[string][]float32) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// compare holds an index against an exact search for the vectors that are left.
func compare(t *testing.T, when, dir string, similarity index.Similarity, left map[string][]float32, queries [][]float32) {
	t.Helper()
	x, err := ivf.Open(dir)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer x.Close()
	if x.Len() != len(left) {
		t.Errorf("%s: want %d vectors left, got %d", when, len(left), x.Len())
	}
	got, err := x.TopK(t.Context(), queries, 1000, everything)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	vectors := filepath.Join(t.TempDir(), "left")
	err = index.Create(vectors, index.Options{Dim: len(queries[0]), Similarity: similarity}, func(w *index.Writer) error {
		for id, row := range left {
			if err := w.Append(id, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(exact(t, vectors, queries, 1000)), ids(got)); diff != "" {
		t.Fatalf("%s: (-exact +got)\n%s", when, diff)
	}
}

// A document that was deleted can come again, with another vector.
func TestDeletedComesAgain(t *testing.T) {
	dir := t.TempDir()
	first := write(t, filepath.Join(dir, "first"), index.Cosine, [][]float32{{1, 0}, {0, 1}}, 0)
	again := write(t, filepath.Join(dir, "again"), index.Cosine, [][]float32{{-1, 0}}, 0)
	x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, first)
	if err := ivf.Insert(t.Context(), x, []string{again}, ivf.Options{}); err == nil || !strings.Contains(err.Error(), `document "d0": want it in one of the folders`) {
		t.Errorf("a document that is there: want it refused, got %v", err)
	}
	if err := ivf.Delete(x, []string{"d1", "d9", "d8"}); err == nil || !strings.HasSuffix(err.Error(), `want documents that it holds to delete, got "d9" and 1 others it does not`) {
		t.Errorf("a document that is not there: want it named, got %v", err)
	}
	if got := search(t, x, [][]float32{{0, 1}}, 1, everything)[0][0].DocID; got != "d1" {
		t.Errorf("after a refused deletion: want d1 still there, got %s", got)
	}
	if err := ivf.Delete(x, []string{"d0"}); err != nil {
		t.Fatal(err)
	}
	if err := ivf.Insert(t.Context(), x, []string{again}, ivf.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := search(t, x, [][]float32{{-1, 0}}, 9, everything)[0]; len(got) != 2 || got[0].DocID != "d0" || got[0].Score != 1 {
		t.Errorf("want d0 with its new vector and d1, got %v", got)
	}
}

// A change that was killed leaves the index as it was, and the next one clears up.
func TestLeftoversAreSwept(t *testing.T) {
	dir := t.TempDir()
	vectors := write(t, filepath.Join(dir, "vectors"), index.Cosine, [][]float32{{1, 0}, {0, 1}, {1, 1}}, 0)
	x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, vectors)
	for _, name := range []string{"deleted-3", "lists-9", ".lists-9.tmp-ABC"} { // deleted-3 is the next to be written
		if err := os.MkdirAll(filepath.Join(x, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if got := search(t, x, [][]float32{{1, 1}}, 1, everything)[0][0].DocID; got != "d2" {
		t.Errorf("with leftovers: want d2, got %s", got)
	}
	if err := ivf.Delete(x, []string{"d2"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(x)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if want := []string{"centroids-1", "deleted-3", "lists-2", "manifest.json"}; !slices.Equal(left, want) {
		t.Errorf("want %q left, got %q", want, left)
	}
}
