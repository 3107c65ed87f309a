package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
)

var errStopped = errors.New("stopped")

// rest appends the rows that are not there yet, and stops behind so many.
func rest(rows [][]float32, stop int) func(w *index.Writer) error {
	return func(w *index.Writer) error {
		for i := w.Len(); i < len(rows); i++ {
			if i == stop {
				return errStopped
			}
			if err := w.Append(fmt.Sprint("d", i), rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[entry.Name()] = string(text)
	}
	return texts
}

// sameRows wants two folders equal in all but their manifests.
func sameRows(t *testing.T, want, got string) {
	t.Helper()
	a, b := files(t, want), files(t, got)
	for name := range b {
		if _, ok := a[name]; !ok {
			t.Errorf("want no file %s", name)
		}
	}
	for name, text := range a {
		if name != "manifest.json" && name != "checksums.bin" && b[name] != text {
			t.Errorf("%s: want the same bytes as in one go, got others", name)
		}
	}
	if err := index.Verify(got); err != nil {
		t.Error(err)
	}
}

// Stopped again and again, in blocks and between, a folder is what it would have been in one go.
func TestResume(t *testing.T) {
	rows := random(rand.New(rand.NewPCG(1, 1)), 3*index.Block+100, 5)
	for _, precision := range []index.Precision{index.Float32, index.Float16, index.Int8} {
		dir := t.TempDir()
		opts := index.Options{Dim: 5, Precision: precision, Encoder: "e", Manifest: durable.Manifest{Verb: "encode", Options: map[string]any{"max_length": 64}}}
		whole, out := filepath.Join(dir, "whole"), filepath.Join(dir, "out")
		if err := index.Create(whole, opts, rest(rows, -1)); err != nil {
			t.Fatal(err)
		}
		for _, stop := range []struct{ at, from int }{{100, 0}, {index.Block + 1, 0}, {2*index.Block - 1, index.Block}, {2 * index.Block, index.Block}, {3*index.Block + 7, 2 * index.Block}} {
			err := index.Resume(out, opts, func(w *index.Writer) error {
				if w.Len() != stop.from {
					t.Errorf("stopping at %d: want it to begin at %d, got %d", stop.at, stop.from, w.Len())
				}
				return rest(rows, stop.at)(w)
			})
			if !errors.Is(err, errStopped) {
				t.Fatalf("want it stopped, got %v", err)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("want no folder before it is whole")
			}
			_, err = os.Stat(index.Partial(out))
			if kept := err == nil; kept != (stop.at > index.Block) {
				t.Errorf("stopped at %d: kept %v", stop.at, kept)
			}
		}
		other := opts
		other.Manifest.Options = map[string]any{"max_length": 32}
		if err := index.Resume(out, other, rest(rows, -1)); err == nil || !strings.Contains(err.Error(), "out.partial: want to go on with what was begun there, but its max_length is 64, this one's 32; give the same") {
			t.Errorf("other options: want it said, got %v", err)
		}
		if err := index.Resume(out, opts, rest(rows, -1)); err != nil {
			t.Fatal(err)
		}
		sameRows(t, whole, out)
		if left, _ := os.ReadDir(dir); len(left) != 2 {
			t.Errorf("want nothing but whole and out, got %v", left)
		}
		if err := index.Resume(out, opts, rest(rows, -1)); !errors.Is(err, os.ErrExist) {
			t.Errorf("a folder that is there: got %v", err)
		}
	}
}

// What a process left behind its last full block, and what it lost of one, is seen.
func TestResumeOfTornFiles(t *testing.T) {
	rows := random(rand.New(rand.NewPCG(1, 1)), index.Block+100, 5)
	opts := index.Options{Dim: 5}
	begin := func() (whole, out string) {
		dir := t.TempDir()
		whole, out = filepath.Join(dir, "whole"), filepath.Join(dir, "out")
		if err := index.Create(whole, opts, rest(rows, -1)); err != nil {
			t.Fatal(err)
		}
		if err := index.Resume(out, opts, rest(rows, index.Block)); !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		return whole, out
	}
	for _, name := range []string{"vectors.f32", "codes.u8", "bounds.f32", "ids.txt", "progress.log"} {
		whole, out := begin()
		path := filepath.Join(index.Partial(out), name)
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteString("torn")
		if err := errors.Join(err, file.Close(), index.Resume(out, opts, rest(rows, -1))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sameRows(t, whole, out)
		if name == "progress.log" {
			continue
		}
		_, out = begin()
		path = filepath.Join(index.Partial(out), name)
		if err := os.Truncate(path, 1000); err != nil {
			t.Fatal(err)
		}
		if err := index.Resume(out, opts, rest(rows, -1)); err == nil || !strings.Contains(err.Error(), name+": want the ") {
			t.Errorf("%s cut: want it named, got %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("want nothing removed, got %v", err)
		}
	}
}

func TestShards(t *testing.T) {
	rows := random(rand.New(rand.NewPCG(1, 1)), 5*index.Block+1000, 3)
	dir := t.TempDir()
	write := func(name string, s index.Shard, opts index.Options) string {
		opts.Manifest.Options = map[string]any{"max_length": 64}
		if s.N > 0 {
			opts.Manifest.Options["shard"] = s.String()
		}
		err := index.Create(filepath.Join(dir, name), opts, func(w *index.Writer) error {
			for i, row := range rows {
				if !s.Has(i) {
					continue
				}
				if err := w.Append(fmt.Sprint("d", i), row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	for _, opts := range []index.Options{{Dim: 3}, {Dim: 3, Plain: true}, {Dim: 3, Precision: index.Float16}, {Dim: 3, Precision: index.Int8}} {
		name := fmt.Sprint(opts.Precision, opts.Plain)
		whole := write(name, index.Shard{}, opts)
		for _, n := range []int{1, 2, 3, 8} { // of 8, two have nothing
			var parts []string
			for i := n; i >= 1; i-- {
				parts = append(parts, write(fmt.Sprint(name, i, "of", n), index.Shard{I: i, N: n}, opts))
			}
			joined := filepath.Join(dir, fmt.Sprint(name, n))
			if err := index.Join(context.Background(), joined, parts); err != nil {
				t.Fatal(err)
			}
			sameRows(t, whole, joined)
			for _, c := range []struct {
				parts []string
				want  string
			}{
				{append(parts[:len(parts):len(parts)], parts[0]), "give each shard once"},
				{[]string{whole}, "want a shard, as gradus encode --shard writes it, got a whole collection"},
			} {
				if err := index.Join(context.Background(), joined+"x", c.parts); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v: want %s, got %v", c.parts, c.want, err)
				}
			}
		}
	}
	mixed := []string{filepath.Join(dir, "false1of2"), write("other", index.Shard{I: 2, N: 2}, index.Options{Dim: 3, Similarity: index.Dot})}
	if err := index.Join(context.Background(), filepath.Join(dir, "x"), mixed); err == nil || !strings.Contains(err.Error(), `its similarity is "cosine", this one's "dot"`) {
		t.Errorf("shards of other options: got %v", err)
	}
	for _, text := range []string{"", "1", "0/2", "3/2", "a/b", "1/2/3", "1/2x", "-1/2"} {
		if s, err := index.ParseShard(text); err == nil {
			t.Errorf("shard %q: want an error, got %v", text, s)
		}
	}
}
