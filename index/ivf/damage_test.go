package ivf_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
)

// searchAll opens an index and looks at all of it.
func searchAll(t testing.TB, dir string) error {
	x, err := ivf.Open(dir)
	if err != nil {
		return err
	}
	defer x.Close()
	_, err = x.TopK(t.Context(), [][]float32{{1, 2, 3, 4, 5, 6, 7, 8}}, 100, everything)
	return err
}

// small is an index every file of which matters to the search.
func small(t testing.TB) string {
	r := rand.New(rand.NewPCG(5, 5))
	dir := t.TempDir()
	vectors := write(t, filepath.Join(dir, "vectors"), index.Euclidean, clustered(r, 60, 8, 4), 0)
	x := build(t, filepath.Join(dir, "ivf"), ivf.Options{}, vectors)
	if err := ivf.Delete(x, []string{"d7"}); err != nil {
		t.Fatal(err)
	}
	return x
}

// Whatever bit of an index's files is turned and wherever one is cut, the
// search says so, with the file and an offset.
func TestDamageIsFound(t *testing.T) {
	dir := small(t)
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path != "manifest.json" {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) != 6 {
		t.Fatalf("want three files and their checksums, got %q and %v", names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, at int, harmed []byte) {
				t.Helper()
				replace(t, path, harmed)
				if err := searchAll(t, dir); err == nil || !strings.Contains(err.Error(), ": at byte ") {
					t.Errorf("%s at %d of %d: want an error with an offset, got %v", what, at, len(sound), err)
				}
			}
			r := rand.New(rand.NewPCG(9, 9))
			harmed := bytes.Clone(sound)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			const flips = 1700 // of each of six files
			for range flips {
				at := r.IntN(len(sound))
				harmed[at] ^= 1 << r.IntN(8)
				check("a bit turned", at, harmed)
				harmed[at] = sound[at]
			}
			runtime.ReadMemStats(&after)
			if spent := (after.TotalAlloc - before.TotalAlloc) / flips; spent > 1<<20 {
				t.Errorf("want less than 1 MiB a search, got %d bytes", spent)
			}
			for at := range sound {
				check("cut", at, sound[:at])
			}
			check("lengthened", len(sound), append(bytes.Clone(sound), 0))
			replace(t, path, sound)
			if err := searchAll(t, dir); err != nil {
				t.Errorf("sound again: got %v", err)
			}
		})
	}
}

// replace writes a file anew: to write over it waits for the disk.
func replace(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// Any manifest is read or refused, and nothing else.
func FuzzManifest(f *testing.F) {
	dir := small(f)
	path := filepath.Join(dir, "manifest.json")
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	for old, harm := range map[string]string{
		`"dim": 8`: `"dim": 8000000000`, `"lists": 7`: `"lists": 1e18`, `"rows": 60`: `"rows": -1`,
		`"lists-2"`: `"../lists-2"`, `"../vectors"`: `""`, `"euclidean"`: `"dot"`, `"segments": [`: `"segments": [{},`,
	} {
		f.Add(bytes.Replace(sound, []byte(old), []byte(harm), 1))
	}
	f.Fuzz(func(t *testing.T, manifest []byte) {
		replace(t, path, manifest)
		if err := searchAll(t, dir); err != nil && err.Error() == "" {
			t.Error("want an error that says something")
		}
	})
}
