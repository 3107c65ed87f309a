package ivf

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// Any bytes in any place of the lists, with checksums made to fit, are
// searched or refused: no panic, no document that is not there.
func FuzzLists(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	dir := f.TempDir()
	vectors := filepath.Join(dir, "vectors")
	err := index.Create(vectors, index.Options{Dim: 4, Similarity: index.Dot}, func(w *index.Writer) error {
		for i := range 50 {
			if err := w.Append(fmt.Sprint(i), randomVector(r, 4)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	dir = filepath.Join(dir, "ivf")
	if err := Build(f.Context(), dir, []string{vectors}, Options{}); err != nil {
		f.Fatal(err)
	}
	s, err := readState(dir)
	if err != nil {
		f.Fatal(err)
	}
	lists := filepath.Join(dir, s.Segments[0].Lists)
	sound, err := os.ReadFile(filepath.Join(lists, listsFile))
	if err != nil {
		f.Fatal(err)
	}
	start := (&layout{lists: s.Lists}).start()
	for _, at := range []int{0, 8, 12, 16, 24, headerSize, start - 8, start, len(sound) - 2*lineSize, len(sound) - lineSize, len(sound) - 4} {
		f.Add(uint32(at), uint64(1))
		f.Add(uint32(at), ^uint64(0))
		f.Add(uint32(at), uint64(0x7f8000007fc00000)) // infinite, and no number
	}
	f.Fuzz(func(t *testing.T, at uint32, value uint64) {
		harmed := append([]byte(nil), sound...)
		first := int(at) % len(harmed)
		copy(harmed[first:], binary.LittleEndian.AppendUint64(nil, value))
		if err := os.RemoveAll(lists); err != nil {
			t.Fatal(err)
		}
		err := writeFolder(lists, listsFile, func(out *mapped.Output) error {
			_, err := out.Write(harmed)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		x, err := Open(dir)
		if err != nil {
			return
		}
		defer x.Close()
		rankings, err := x.TopK(t.Context(), [][]float32{{1, 2, 3, 4}}, 60, Effort{Probe: 1000})
		if err != nil {
			return
		}
		for _, doc := range rankings[0] {
			if n := len(doc.DocID); n < 1 || n > 2 {
				t.Errorf("want a document of the folder, got %q", doc.DocID)
			}
		}
	})
}
