package lexical_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/lexical"
)

// searchAll opens an index and searches for all words of its documents.
func searchAll(t testing.TB, dir string, documents []text) ([][]lexical.Hit, error) {
	x, err := lexical.Open(dir, lexical.Default)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	var all strings.Builder
	for _, d := range documents {
		all.WriteString(d.Text + " ")
	}
	return x.Search(t.Context(), []string{all.String(), documents[0].Text}, len(documents))
}

// small is an index of a few documents whose every file matters to the search.
func small(t testing.TB) (dir string, documents []text) {
	documents = random(rand.New(rand.NewPCG(5, 5)), 150, 30)
	return write(t, lexical.Options{}, documents), documents
}

// Whatever bit of an index's files is turned and wherever one is cut, the
// search says so, with the file and an offset.
func TestDamageIsFound(t *testing.T) {
	dir, _ := small(t)
	for _, name := range names(t, dir) {
		if name == "manifest.json" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, documents := small(t)
			path := filepath.Join(dir, name)
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, at int, harmed []byte) {
				if err := os.WriteFile(path, harmed, 0o666); err != nil {
					t.Fatal(err)
				}
				_, err := searchAll(t, dir, documents)
				if err == nil || !strings.Contains(err.Error(), ": at byte ") {
					t.Errorf("%s at %d of %d: want an error with an offset, got %v", what, at, len(sound), err)
				}
			}
			rng := rand.New(rand.NewPCG(9, 9))
			for range 1700 {
				at := rng.IntN(len(sound))
				harmed := bytes.Clone(sound)
				harmed[at] ^= 1 << rng.IntN(8)
				check("a bit turned", at, harmed)
			}
			for at := 0; at < len(sound); at += 1 + len(sound)/400 {
				check("cut", at, sound[:at])
			}
			check("lengthened", len(sound), append(bytes.Clone(sound), 0))
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := searchAll(t, dir, documents); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("removed: want it named, got %v", err)
			}
			if err := os.WriteFile(path, sound, 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := searchAll(t, dir, documents); err != nil {
				t.Errorf("sound again: got %v", err)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	for manifest, want := range map[string]string{
		"":                                  "want a manifest, got broken JSON",
		`{"tool":"gradus","verb":"encode"}`: "want bm25_format 1 in its manifest, got <nil>; is it a BM25 index?",
		`{"tool":"gradus","options":{"bm25_format":2}}`: "want bm25_format 1 in its manifest, got 2",
	} {
		dir, documents := small(t)
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(manifest), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := searchAll(t, dir, documents); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", manifest, want, err)
		}
	}
	if _, err := lexical.Open(t.TempDir(), lexical.Default); err == nil || !strings.Contains(err.Error(), "want a folder written by gradus") {
		t.Errorf("no index: want it said, got %v", err)
	}
}
