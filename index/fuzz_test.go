package index_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// FuzzOpen makes folders whose checksums are right and whose files say
// anything: what opens can be searched, and takes no more than its files hold.
func FuzzOpen(f *testing.F) {
	names := [5]string{"manifest.json", "ids.txt", "vectors.f32", "bounds.f32", "codes.u8"}
	for _, plain := range []bool{false, true} {
		dir := filepath.Join(f.TempDir(), "vectors")
		err := index.Create(dir, index.Options{Dim: 2, Plain: plain}, func(w *index.Writer) error {
			return w.Append("east", []float32{2, 0})
		})
		if err != nil {
			f.Fatal(err)
		}
		var texts [5][]byte
		for i, name := range names {
			texts[i], _ = os.ReadFile(filepath.Join(dir, name)) // a file that is not there is an empty one
		}
		f.Add(texts[0], texts[1], texts[2], texts[3], texts[4])
		f.Add(texts[0], []byte("east\nwest\n"), texts[2], texts[3], texts[4])
		f.Add(bytes.Replace(texts[0], []byte(`"dim": 2`), []byte(`"dim": 9e18`), 1), texts[1], texts[2], texts[3], texts[4])
		f.Add(bytes.Replace(texts[0], []byte(`"vectors": 1`), []byte(`"vectors": 9000000000000000000`), 1), texts[1], texts[2], texts[3], texts[4])
	}
	f.Fuzz(func(t *testing.T, manifest, ids, rows, bounds, codes []byte) {
		dir := t.TempDir()
		var there []string
		for i, text := range [5][]byte{manifest, ids, rows, bounds, codes} {
			if len(text) == 0 {
				continue
			}
			there = append(there, names[i])
			if err := os.WriteFile(filepath.Join(dir, names[i]), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := mapped.WriteChecksums(dir, nil, there...); err != nil {
			t.Fatal(err)
		}
		v, err := index.Open(dir)
		if err != nil {
			return
		}
		defer v.Close()
		best, err := v.TopK(context.Background(), [][]float32{make([]float32, v.Dim())}, 3)
		if err == nil && len(best[0]) != min(3, v.Len()) {
			t.Errorf("want %d of %d documents, got %d", min(3, v.Len()), v.Len(), len(best[0]))
		}
	})
}
