package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/index"
)

// vectors is the script command `vectors DIR ENCODER FILE`: it makes a vectors
// folder, as of the encoder with that fingerprint, out of lines `id number …`.
func vectors(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: vectors DIR ENCODER FILE")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[2])), "\n")
	opts := index.Options{Dim: len(strings.Fields(lines[0])) - 1, Encoder: args[1]}
	ts.Check(index.Create(ts.MkAbs(args[0]), opts, func(w *index.Writer) error {
		for _, line := range lines {
			columns := strings.Fields(line)
			var row []float32
			for _, column := range columns[1:] {
				x, err := strconv.ParseFloat(column, 32)
				if err != nil {
					return fmt.Errorf("%s: %w", args[2], err)
				}
				row = append(row, float32(x))
			}
			if err := w.Append(columns[0], row); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestRunTag(t *testing.T) {
	for path, want := range map[string]string{
		"results/dense.run": "dense", "dense": "dense", "a.run.txt": "a", "my run.trec": "my_run", "v1.5.run": "v1.5",
	} {
		if got := runTag(path); got != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
}
