package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ExampleWriteManifest() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	seed := int64(42)
	err = WriteManifest(dir, Manifest{
		Verb:    "encode",
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Seed:    &seed,
		Options: map[string]any{"max-tokens": 256},
		Counts:  map[string]int64{"documents": 5183},
	})
	if err != nil {
		panic(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "manifest.json"))
	fmt.Print(string(text))
	// Output:
	// {
	//   "tool": "gradus",
	//   "version": "0.1.0",
	//   "verb": "encode",
	//   "created": "2026-01-02T03:04:05Z",
	//   "seed": 42,
	//   "options": {
	//     "max-tokens": 256
	//   },
	//   "counts": {
	//     "documents": 5183
	//   }
	// }
}

func TestManifestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	before := time.Now().Add(-time.Second)
	want := Manifest{Verb: "train", Options: map[string]any{"loss": "ws2", "lr": 5e-5},
		Inputs: []Input{{Path: "synth/qrels/train.tsv", SHA256: "ab"}}}
	if err := WriteManifest(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Created.Before(before) || got.Created.After(time.Now()) {
		t.Errorf("want the time of writing, got %v", got.Created)
	}
	want.Tool, want.Version, want.Created = Tool, Version, got.Created
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadManifestErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"absent", "", "want a folder written by gradus"},
		{"broken", "{", "broken JSON"},
		{"other", `{"name":"web app"}`, `want a manifest with tool "gradus", got ""`},
	} {
		dir := t.TempDir()
		if c.text != "" {
			if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := ReadManifest(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.name, c.want, err)
		}
		if errors.Is(err, fs.ErrNotExist) != (c.name == "absent") {
			t.Errorf("%s: want fs.ErrNotExist only where there is none, got %v", c.name, err)
		}
	}
}
