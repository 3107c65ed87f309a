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
	"strconv"
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
train: {epochs: 200, queries-per-step: 1, lr: 1e-4}
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
		for q, text := range []string{"lift of a wing", "heat transfer", "noise of jets", "buckling of shells"} {
			id, split := fmt.Sprint("q", q), []string{"train", "test"}[q%2]
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
// through. Its tables are those of a run that nobody disturbed.
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
	for range kills {
		cmd, output := start(dir + "/killed")
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("after %d kills: %v: %s", killed, err, output)
			}
		case <-time.After(whole / 10 * time.Duration(random.IntN(1000)) / 1000 * 5):
			cmd.Process.Kill()
			<-ended
			killed++
		}
	}
	cmd, last := start(dir + "/killed")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("after %d kills: %v: %s", killed, err, last)
	}
	if killed == 0 {
		t.Fatal("no run was killed")
	}
	t.Logf("%d kills; a whole run takes %v", killed, whole)
	for _, name := range []string{"generated/written/corpus.jsonl", "generated/written/qrels/train.tsv"} {
		if a, b := readText(t, dir+"/calm/"+name), readText(t, dir+"/killed/"+name); a != b {
			t.Errorf("%s is another after %d kills:\n%s\nwant\n%s", name, killed, b, a)
		}
	}
	if a, b := numbers(t, dir+"/calm"), numbers(t, dir+"/killed"); a != b {
		t.Errorf("the report is another after %d kills:\n%s\nwant\n%s", killed, b, a)
	}
	left, err := filepath.Glob(dir + "/killed/*/.*.tmp-*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
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
