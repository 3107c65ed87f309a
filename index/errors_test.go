package index_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

func TestAppendErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		name, id string
		vector   []float32
		want     string
	}{
		{"NaN", "d7", []float32{1, nan}, `vector of "d7": want finite numbers, got NaN in dimension 1`},
		{"infinite", "d7", []float32{inf, 0}, `vector of "d7": want finite numbers, got -Inf in dimension 0`},
		{"dimension", "d7", []float32{1, 2, 3}, `vector of "d7": want 2 dimensions, got 3`},
		{"zeros", "d7", []float32{0, 0}, `vector of "d7": want a direction to take the cosine with, got zeros`},
		{"too long", "d7", []float32{1e30, 0}, `vector of "d7": want a length of at most 1.152921504606847e+18, got 1.0000000150474662e+30`},
		{"twice", "first", []float32{1, 2}, `vector of "first": want each id once, got it twice`},
		{"no id", "", []float32{1, 2}, `vectors: want an id of one line that is not empty, got ""`},
		{"two lines", "a\nb", []float32{1, 2}, `vectors: want an id of one line that is not empty, got "a\nb"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vectors")
			err := index.Create(dir, index.Options{Dim: 2}, func(w *index.Writer) error {
				if err := w.Append("first", []float32{1, 1}); err != nil {
					t.Fatal(err)
				}
				return w.Append(c.id, c.vector)
			})
			if err == nil || err.Error() != c.want {
				t.Errorf("want %s, got %v", c.want, err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("want no folder after an error, got %v", err)
			}
		})
	}
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	nothing := func(*index.Writer) error { return nil }
	if err := index.Create(dir, index.Options{Dim: 2}, nothing); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder that exists: want fs.ErrExist, got %v", err)
	}
	if err := index.Create(dir+"/a", index.Options{}, nothing); err == nil {
		t.Error("no dim: want an error, got none")
	}
	if err := index.Create(dir+"/a", index.Options{Dim: 2, Precision: "int4"}, nothing); err == nil || !strings.Contains(err.Error(), `got "int4"`) {
		t.Errorf("an unknown precision: want it named, got %v", err)
	}
	err := index.Create(dir+"/a", index.Options{Dim: 2, Similarity: index.Dot, Precision: index.Float16}, func(w *index.Writer) error { return w.Append("d7", []float32{0, 1e5}) })
	if err == nil || err.Error() != `vector of "d7" as float16: want finite numbers, got +Inf in dimension 1` {
		t.Errorf("a number that is too large for float16: got %v", err)
	}
	if err := index.Create(dir+"/a", index.Options{Dim: 2, Similarity: "euclid"}, nothing); err == nil || !strings.Contains(err.Error(), `got "euclid"`) {
		t.Errorf("an unknown similarity: want it named, got %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(dir string) error
		want string
	}{
		{"cut short", func(dir string) error { return os.Truncate(filepath.Join(dir, "vectors.f32"), 12) }, "vectors.f32: at byte 12: want a file of 16 bytes, got 12"},
		{"an id too many", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "ids.txt"), []byte("a\nb\nc\n"), 0o666)
		}, "ids.txt: at byte 4: want a file of 4 bytes, got 6"},
		{"no rows", func(dir string) error { return os.Remove(filepath.Join(dir, "vectors.f32")) }, "vectors.f32"},
		{"nothing of ours", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "checksums.bin")), os.Remove(filepath.Join(dir, "manifest.json")))
		}, "want a folder written by gradus"},
		{"another folder of ours", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "checksums.bin")),
				os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"tool":"gradus","version":"0.1.0","verb":"train"}`), 0o666))
		}, "want a vectors folder, as gradus encode writes it"},
		{"another manifest", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"tool":"gradus","options":{"dim":0.5,"similarity":"dot"}}`), 0o666)
		}, "manifest.json: at byte 58: want a file of "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vectors")
			err := index.Create(dir, index.Options{Dim: 2}, func(w *index.Writer) error {
				return errors.Join(w.Append("a", []float32{1, 0}), w.Append("b", []float32{0, 1}))
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.harm(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := index.Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

func TestSearchErrors(t *testing.T) {
	v := write(t, index.Dot, [][]float32{{1, 0}, {0, 1}})
	nan := float32(math.NaN())
	ctx := context.Background()
	for _, c := range []struct {
		ids     []string
		queries [][]float32
		k       int
		want    []string
	}{
		{[]string{"q1", "q9"}, [][]float32{{1, 1}, {1, nan}}, 1, []string{`query "q9" for `, "want finite numbers, got NaN in dimension 1"}},
		{[]string{"q1"}, [][]float32{{1, 1, 1}}, 1, []string{`query "q1" for `, "want 2 dimensions, got 3"}},
		{[]string{"q1"}, [][]float32{{1, 1}}, 0, []string{"want a depth of at least 1, got 0"}},
		{[]string{"q", "q"}, [][]float32{{1, 1}, {1, 1}}, 1, []string{`query "q": want each id once, got it twice`}},
		{[]string{"q"}, nil, 1, []string{"want an id for each of 0 queries, got 1"}},
	} {
		_, err := v.Search(ctx, c.ids, c.queries, c.k)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v %v: want %s, got %v", c.ids, c.queries, want, err)
			}
		}
	}
	if _, err := v.TopK(ctx, [][]float32{nil}, 1); err == nil || !strings.Contains(err.Error(), "want 2 dimensions, got 0") {
		t.Errorf("TopK of an empty query: want both dimensions, got %v", err)
	}
	part := []trec.Scored{{DocID: "d1", Score: 2}}
	if _, err := index.Merge(1, part, []trec.Scored{{DocID: "d2", Score: 1}, part[0]}); err == nil || !strings.HasPrefix(err.Error(), `document "d1": want it in one of the folders searched, got it in two`) {
		t.Errorf("Merge of overlapping parts: want the document named, got %v", err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := v.TopK(stopped, [][]float32{{1, 1}}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: want context.Canceled, got %v", err)
	}
}
