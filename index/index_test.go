package index_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/trec"
)

// write makes a folder of rows named d0, d1, … and opens it.
func write(t testing.TB, similarity index.Similarity, rows [][]float32) *index.Vectors {
	t.Helper()
	return writeFrom(t, similarity, rows, 0)
}

func writeFrom(t testing.TB, similarity index.Similarity, rows [][]float32, first int) *index.Vectors {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vectors")
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
	v, err := index.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// random rows of small integers: products are exact, and many scores tie.
func random(r *rand.Rand, n, dim int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, dim)
		for d := range rows[i] {
			rows[i][d] = float32(r.IntN(5) - 2)
		}
		rows[i][0] = 1 // never all zeros
	}
	return rows
}

func topK(t *testing.T, v *index.Vectors, queries [][]float32, k int) [][]trec.Scored {
	t.Helper()
	rankings, err := v.TopK(context.Background(), queries, k)
	if err != nil {
		t.Fatal(err)
	}
	return rankings
}

// TestTopKIsExact holds the search against a full sort, over sizes that leave
// every kernel a tail and on both sides of a block of rows.
func TestTopKIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range []struct{ rows, dim, queries, k int }{
		{1, 1, 1, 1}, {3, 5, 2, 2}, {50, 7, 3, 10}, {50, 8, 3, 1000}, {301, 384, 5, 20}, {5000, 16, 9, 100}, {700, 2, 1100, 3},
	} {
		rows, queries := random(r, size.rows, size.dim), random(r, size.queries, size.dim)
		v := write(t, index.Dot, rows)
		got := topK(t, v, queries, size.k)
		for q, query := range queries {
			var want []trec.Scored
			for i, row := range rows {
				sum := 0.0
				for d := range row {
					sum += float64(row[d]) * float64(query[d])
				}
				want = append(want, trec.Scored{DocID: fmt.Sprintf("d%d", i), Score: sum})
			}
			slices.SortFunc(want, trec.Compare)
			want = want[:min(size.k, len(want))]
			if diff := cmp.Diff(want, got[q]); diff != "" {
				t.Fatalf("%+v, query %d: (-want +got)\n%s", size, q, diff)
			}
		}
	}
}

func TestCosine(t *testing.T) {
	v := write(t, index.Cosine, [][]float32{{3, 4}, {100, 0}, {0, -7}})
	if row := v.Row(0); math.Abs(float64(row[0])-0.6) > 1e-7 || math.Abs(float64(row[1])-0.8) > 1e-7 {
		t.Errorf("want the row stored with length 1 as [0.6 0.8], got %v", row)
	}
	got := topK(t, v, [][]float32{{0, 50}}, 3)[0]
	for i, want := range []trec.Scored{{DocID: "d0", Score: 0.8}, {DocID: "d1", Score: 0}, {DocID: "d2", Score: -1}} {
		if got[i].DocID != want.DocID || math.Abs(got[i].Score-want.Score) > 1e-6 {
			t.Errorf("rank %d: want %v, got %v", i+1, want, got[i])
		}
	}
}

// Scores of arbitrary floats come out the same to the last bit however the rows are split.
func TestShardsNeverChangeARun(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const n, k = 500, 25
	rows, queries := make([][]float32, n), make([][]float32, 7)
	for _, list := range [][][]float32{rows, queries} {
		for i := range list {
			list[i] = make([]float32, 37)
			for d := range list[i] {
				list[i][d] = float32(r.NormFloat64())
			}
		}
	}
	copy(rows[400], rows[3]) // a tie across shards
	whole := topK(t, write(t, index.Cosine, rows), queries, k)
	for range 10 {
		var parts [][][]trec.Scored
		for first := 0; first < n; {
			size := min(1+r.IntN(200), n-first)
			parts = append(parts, topK(t, writeFrom(t, index.Cosine, rows[first:first+size], first), queries, k))
			first += size
		}
		for q := range queries {
			var lists [][]trec.Scored
			for _, part := range parts {
				lists = append(lists, part[q])
			}
			merged, err := index.Merge(k, lists...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole[q], merged); diff != "" {
				t.Fatalf("%d shards, query %d: (-whole +merged)\n%s", len(parts), q, diff)
			}
		}
	}
}

// A run comes back from its file in the order that TopK gave it.
func TestTiesSurviveTheRunFile(t *testing.T) {
	v := write(t, index.Dot, slices.Repeat([][]float32{{1, 2}}, 12))
	run, err := v.Search(context.Background(), []string{"q"}, [][]float32{{0.1, 0.7}}, 12)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ties.run")
	var text strings.Builder
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	again, err := trec.ReadRun(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, doc := range run.Rankings["q"] {
		if got := again.Rankings["q"][i].DocID; got != doc.DocID {
			t.Errorf("rank %d: want %s, got %s", i+1, doc.DocID, got)
		}
	}
}

func TestEuclidean(t *testing.T) {
	v := write(t, index.Euclidean, [][]float32{{3, 4}, {0, 0}, {0, -7}, {3, 4}})
	got := topK(t, v, [][]float32{{3, 0}}, 4)[0]
	for i, want := range []trec.Scored{{DocID: "d1", Score: -3}, {DocID: "d3", Score: -4}, {DocID: "d0", Score: -4}, {DocID: "d2", Score: -float64(float32(math.Sqrt(58)))}} {
		if got[i] != want {
			t.Errorf("rank %d: want %v, got %v", i+1, want, got[i])
		}
	}
	if got := topK(t, v, [][]float32{{3, 4}}, 1)[0][0]; got.Score != 0 || math.Signbit(got.Score) {
		t.Errorf("want a distance of 0, got %v", got)
	}
}

// What a precision stores is what is searched: a row finds itself, and its score is its length.
func TestPrecisions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := make([][]float32, 300)
	for i := range rows {
		rows[i] = make([]float32, 50)
		for d := range rows[i] {
			rows[i][d] = float32(r.NormFloat64())
		}
	}
	for precision, most := range map[index.Precision]float64{index.Float32: 1e-7, index.Float16: 1e-3, index.Int8: 0.02} {
		dir := filepath.Join(t.TempDir(), "vectors")
		err := index.Create(dir, index.Options{Dim: 50, Precision: precision}, func(w *index.Writer) error {
			for i, row := range rows {
				if err := w.Append(fmt.Sprintf("d%d", i), row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		v, err := index.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if v.Precision != precision {
			t.Errorf("want %s, got %s", precision, v.Precision)
		}
		for i, ranking := range topK(t, v, rows, 1) {
			if ranking[0].DocID != fmt.Sprintf("d%d", i) || math.Abs(ranking[0].Score-1) > most {
				t.Errorf("%s: row %d: want it found with a cosine of 1, got %v", precision, i, ranking[0])
			}
			read, err := v.Read(i, i+1, make([]float32, 50))
			if diff := cmp.Diff(read, v.Row(i)); diff != "" || err != nil {
				t.Fatalf("%s: row %d: Read and Row differ: %v\n%s", precision, i, err, diff)
			}
		}
	}
}

func TestEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vectors")
	if err := index.Create(dir, index.Options{Dim: 3}, func(*index.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	v, err := index.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if got := topK(t, v, [][]float32{{1, 2, 3}}, 10); len(got) != 1 || len(got[0]) != 0 {
		t.Errorf("want one empty ranking, got %v", got)
	}
}

func TestManifest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vectors")
	opts := index.Options{Dim: 2, Encoder: "53aa51172d142c89", Manifest: durable.Manifest{Verb: "encode", Options: map[string]any{"encoder": "abc"}}}
	if err := index.Create(dir, opts, func(w *index.Writer) error { return w.Append("a", []float32{1, 0}) }); err != nil {
		t.Fatal(err)
	}
	v, err := index.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if v.Manifest.Options["encoder"] != "abc" || v.Manifest.Verb != "encode" || v.Manifest.Counts["vectors"] != 1 || v.Dim() != 2 {
		t.Errorf("want the writer's options with dim and count, got %+v", v.Manifest)
	}
	if _, added := opts.Manifest.Options["dim"]; added {
		t.Error("want the caller's options left as they were, got dim in them")
	}
	for fingerprint, want := range map[string]bool{"53aa51172d142c89": true, "": true, "0000": false} {
		if err := v.CheckEncoder(fingerprint); (err == nil) != want {
			t.Errorf("queries of encoder %q: want accepted %v, got %v", fingerprint, want, err)
		}
	}
	if err := index.Verify(dir); err != nil {
		t.Errorf("a folder as written: %v", err)
	}
	flip(t, filepath.Join(dir, "vectors.f32"))
	if err := index.Verify(dir); err == nil || !strings.Contains(err.Error(), "vectors.f32: at byte 0: want checksum ") {
		t.Errorf("a flipped bit: want an error about its page, got %v", err)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[0] ^= 1
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}
