//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/report"
)

const killedRecipe = `measures: [nDCG@10, RR@10]
seeds: [1, 2]
collections:
  lists: lists
encoders:
  tiny: {model: model, document-max-length: 32}
generators:
  written: {queries: lists/train, llm: "%s", model: test-model}
train: {epochs: 120, queries-per-step: 1, lr: 1e-4}
tune: {on: lists/dev, grid: {lr: [1e-4, 1e-3]}}
arms:
  bm25: {kind: bm25}
  base: {encoder: tiny}
  pairs: {inherits: base, baseline: base, loss: infonce, sources: written}
  lists: {inherits: pairs, loss: ws2, sources: [written]}
  fusion: {kind: fusion, of: [bm25, lists], baseline: base}
tests: [lists/test]
shift: written/train
`

// killedWorld is a folder with what killedRecipe needs.
func killedWorld(t *testing.T) string {
	dir := t.TempDir()
	if err := encodertest.Tiny().Write(filepath.Join(dir, "model")); err != nil {
		t.Fatal(err)
	}
	err := collection.Write(filepath.Join(dir, "lists"), func(w *collection.Writer) error {
		var errs []error
		for q, text := range []string{"lift of a wing", "heat transfer", "noise of jets", "buckling of shells", "drag of a cone"} {
			id, split := fmt.Sprint("q", q), []string{"train", "test", "train", "test", "dev"}[q]
			errs = append(errs, w.Query(collection.Query{ID: id, Text: text}))
			for grade := range 4 {
				doc := fmt.Sprint(id, "-", grade)
				errs = append(errs, w.Document(collection.Document{ID: doc, Text: fmt.Sprintf("%.*s and flow of grade %d", 4*grade, text, grade)}), w.Grade(split, id, doc, grade))
			}
		}
		return errors.Join(errs...)
	})
	url, _ := scriptedLLM(t, 1<<40)
	recipe := fmt.Appendf(nil, killedRecipe, url)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "recipe.yaml"), recipe, 0o666)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRunKilled kills a run at random moments and starts it again, until it is
// through, and then another one, until there were kills enough. Their tables are
// those of a run that nobody disturbed.
func TestRunKilled(t *testing.T) {
	kills := 6
	if text := os.Getenv("GRADUS_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	dir := killedWorld(t)
	start := func(out string) (*exec.Cmd, *bytes.Buffer) {
		cmd, output := exec.Command("gradus", "run", dir+"/recipe.yaml", "--out", out, "--checkpoint-every", "20"), new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = output, output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, output
	}
	began := time.Now()
	cmd, calm := start(dir + "/calm")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, calm)
	}
	whole := time.Since(began)

	random := rand.New(rand.NewPCG(8, 50))
	killed := 0
	for round := 1; killed < kills; round++ {
		out := fmt.Sprintf("%s/killed-%d", dir, round)
		for through := false; !through; {
			cmd, output := start(out)
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			var moment <-chan time.Time // never, once there were kills enough
			if killed < kills {
				moment = time.After(whole * time.Duration(random.IntN(1000)) / 2000)
			}
			select {
			case err := <-ended:
				if through = true; err != nil {
					t.Fatalf("after %d kills: %v: %s", killed, err, output)
				}
			case <-moment:
				cmd.Process.Kill()
				<-ended
				killed++
			}
		}
		wantSameExperiment(t, dir+"/calm", out, fmt.Sprintf("after %d kills, in round %d", killed, round))
	}
	t.Logf("%d kills; a whole run takes %v", killed, whole)
}

// wantSameExperiment wants what two runs of killedRecipe wrote to be the same, and nothing half done left.
func wantSameExperiment(t *testing.T, calm, killed, when string) {
	t.Helper()
	for _, name := range []string{"generated/written/corpus.jsonl", "generated/written/qrels/train.tsv"} {
		if a, b := readText(t, calm+"/"+name), readText(t, killed+"/"+name); a != b {
			t.Errorf("%s: %s is another:\n%s\nwant\n%s", when, name, b, a)
		}
	}
	if a, b := numbers(t, calm), numbers(t, killed); a != b {
		t.Errorf("%s: the report is another:\n%s\nwant\n%s", when, b, a)
	}
	if a, b := trainedWeights(t, calm), trainedWeights(t, killed); len(a) != 2*2 || !slices.Equal(a, b) {
		t.Errorf("%s: want weights of the two arms' chosen models alone, %q, got %q", when, a, b)
	}
	left, err := filepath.Glob(killed + "/*/.*.tmp-*")
	if err != nil || len(left) > 0 {
		t.Errorf("%s: left behind: %q, %v", when, left, err)
	}
}

// trainedWeights are the models of an experiment that have their weights.
func trainedWeights(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(dir + "/models/*/*/*/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		paths[i] = strings.TrimPrefix(path, dir)
	}
	return paths
}

// numbers are all that a report says, but for when and how long it was made.
func numbers(t *testing.T, dir string) string {
	t.Helper()
	e, err := report.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e.Made, e.Facts, e.Commands = time.Time{}, nil, nil
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
