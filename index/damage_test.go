package index_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/index"
)

// damaged are folders of which a search reads everything.
func damaged(t *testing.T, precision index.Precision) (dir string, queries [][]float32) {
	r := rand.New(rand.NewPCG(5, 5))
	rows := random(r, 60, 12)
	dir = filepath.Join(t.TempDir(), "vectors")
	err := index.Create(dir, index.Options{Dim: 12, Similarity: index.Dot, Precision: precision}, func(w *index.Writer) error {
		for i, row := range rows {
			if err := w.Append(fmt.Sprint("document", i), row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, rows[:1]
}

func openAndSearch(dir string, queries [][]float32) error {
	v, err := index.Open(dir)
	if err != nil {
		return err
	}
	_, err = v.TopK(context.Background(), queries, v.Len())
	return errors.Join(err, v.Close())
}

// Whatever bit of a folder's files is turned, and wherever one is cut, a
// search says so with the file and an offset, and takes no memory for it.
func TestDamageIsFound(t *testing.T) {
	for _, precision := range []index.Precision{index.Float32, index.Float16, index.Int8} {
		dir, queries := damaged(t, precision)
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			path := filepath.Join(dir, file.Name())
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			wantFound := func(what string, at int) {
				if err := openAndSearch(dir, queries); err == nil || !strings.Contains(err.Error(), ": at byte ") {
					t.Errorf("%s %s: %s at %d of %d: want an error with an offset, got %v", precision, file.Name(), what, at, len(sound), err)
				}
			}
			turnBits(t, path, sound, wantFound)
			for at := len(sound) - 1; at >= 0; at-- {
				if err := os.Truncate(path, int64(at)); err != nil {
					t.Fatal(err)
				}
				wantFound("cut", at)
			}
			if err := os.WriteFile(path, append(bytes.Clone(sound), 0), 0o666); err != nil {
				t.Fatal(err)
			}
			wantFound("lengthened", len(sound))
			if err := os.WriteFile(path, sound, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := openAndSearch(dir, queries); err != nil {
			t.Errorf("%s, sound again: %v", precision, err)
		}
	}
}

// turnBits turns one bit of the file after another, in all some 10,000 over a test.
func turnBits(t *testing.T, path string, sound []byte, wantFound func(what string, at int)) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rng := rand.New(rand.NewPCG(9, 9))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const flips = 600
	for range flips {
		at := rng.IntN(len(sound))
		if _, err := file.WriteAt([]byte{sound[at] ^ 1<<rng.IntN(8)}, int64(at)); err != nil {
			t.Fatal(err)
		}
		wantFound("a bit turned", at)
		if _, err := file.WriteAt(sound[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if spent := (after.TotalAlloc - before.TotalAlloc) / flips; spent > 1<<20 {
		t.Errorf("%s: want less than 1 MiB a search, got %d bytes", path, spent)
	}
}

// Checksums that are right for files which are not.
func TestFilesThatDoNotBelongTogether(t *testing.T) {
	dir, _ := damaged(t, index.Float32)
	other := filepath.Join(t.TempDir(), "other")
	if err := index.Create(other, index.Options{Dim: 3}, func(w *index.Writer) error { return w.Append("a", []float32{1, 0, 0}) }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checksums.bin", "ids.txt", "vectors.f32", "codes.u8", "bounds.f32", "manifest.json"} {
		text, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := index.Verify(dir); err == nil || !strings.Contains(err.Error(), ": at byte ") {
			t.Errorf("%s of another folder: want an error with an offset, got %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), before, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
