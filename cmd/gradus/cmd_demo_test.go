package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/train"
)

// stageLog is what demo tells people; at a word of it the user presses Ctrl-C.
type stageLog struct {
	bytes.Buffer
	word   string
	cancel func()
}

func (s *stageLog) Write(p []byte) (int, error) {
	if s.word != "" && bytes.Contains(p, []byte(s.word)) {
		s.cancel()
	}
	return s.Buffer.Write(p)
}

// stages are those whose line ends in a word.
func (s *stageLog) stages(ending string) []string {
	var names []string
	for line := range strings.Lines(s.String()) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, ending) {
			name, _, _ := strings.Cut(line, "  ")
			names = append(names, name)
		}
	}
	return names
}

// TestDemo goes the whole way, with the real lists and stages but a model of
// random weights and an LLM that makes its passages up, and is interrupted on it.
func TestDemo(t *testing.T) {
	url, _ := scriptedLLM(t, math.MaxInt64-1)
	opts := demoOptions{out: filepath.Join(t.TempDir(), "demo"), encoder: t.TempDir(), llm: url, liveTime: time.Minute}
	if err := encodertest.Deep(5).Write(opts.encoder); err != nil {
		t.Fatal(err)
	}
	training := filepath.Join(opts.out, "models", "student-ws2", "seed-0.training")
	demo := func(word string, watch func(ctx context.Context, cancel func())) (string, *stageLog, error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if watch != nil {
			go watch(ctx, cancel)
		}
		var out bytes.Buffer
		log := &stageLog{word: word, cancel: cancel}
		err := runDemo(ctx, opts, streams{strings.NewReader(""), &out, log})
		return out.String(), log, err
	}
	table, first, err := demo("train student-infonce", nil)
	if !errors.Is(err, context.Canceled) || table != "" {
		t.Fatalf("want it interrupted, got %v, %q", err, table)
	}
	// In the middle of a training, which then has a checkpoint to go on from.
	_, cut, err := demo("", func(ctx context.Context, cancel func()) {
		for ctx.Err() == nil {
			if steps, _ := os.ReadFile(filepath.Join(training, "steps.jsonl")); bytes.Count(steps, []byte("\n")) >= 2 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	})
	if left, has := train.HasCheckpoint(training); !errors.Is(err, context.Canceled) || has != nil || !left {
		t.Fatalf("want it interrupted with a checkpoint, got %v, %t %v", err, left, has)
	}
	table, second, err := demo("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := train.HasCheckpoint(training); left {
		t.Error("the checkpoints are left")
	}
	// To lay out 2, to generate 1, to train 5, to index and search by words, to encode, search and score 7 each, and the report.
	const all = 2 + 1 + 5 + 2 + 3*7 + 1
	done := slices.Concat(first.stages(" s"), cut.stages(" s"), second.stages(" s"))
	if sorted := slices.Sorted(slices.Values(done)); len(done) != all || len(slices.Compact(sorted)) != all {
		t.Errorf("want %d stages, each done once, got %q", all, done)
	}
	wantTable(t, table, opts.out)
	if live, err := durable.ReadManifest(filepath.Join(opts.out, "generated", "live")); err != nil || len(live.Inputs) != 1 {
		t.Errorf("want the live lists made from one file of queries, got %+v, %v", live.Inputs, err)
	}
}

// wantTable wants a line for each arm, and the word for it where it is no better than its base.
func wantTable(t *testing.T, printed, dir string) {
	t.Helper()
	e, err := report.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(printed) {
		name, _, _ := strings.Cut(line, " ")
		lines[name] = line
	}
	noBetter := 0
	arms := []string{"bm25", "minilm", "minilm-ws2", "student", "student-infonce", "student-ws2", "student-ours", "student-ws2-live"}
	for i, arm := range arms {
		if len(e.Arms) != len(arms) || e.Arms[i].Name != arm || lines[arm] == "" {
			t.Fatalf("want %s in row %d of %d, got %d arms and\n%s", arm, i+1, len(arms), len(e.Arms), printed)
		}
	}
	for _, c := range e.Comparisons {
		if c.Measure != "nDCG@10" {
			continue
		}
		if !strings.Contains(lines[c.Arm], c.Verdict()) {
			t.Errorf("%s: want %s, got %s", c.Arm, c.Verdict(), lines[c.Arm])
		}
		if c.Verdict() == "not significant" {
			noBetter++
		}
	}
	if noBetter == 0 {
		t.Errorf("want an arm that a few steps of a model of random weights made no better, got\n%s", printed)
	}
	if want := "The report is " + filepath.Join(dir, report.PageFile) + ".\n"; !strings.Contains(printed, want) {
		t.Errorf("want the page named, got\n%s", printed)
	}
}

// TestDemoOffline: without the plugin it says so, and fetches nothing. It runs
// in a process of its own: here another test may have opened XLA.
func TestDemoOffline(t *testing.T) {
	dir := t.TempDir()
	if err := encodertest.Deep(5).Write(dir + "/model"); err != nil {
		t.Fatal(err)
	}
	recipe := "collections: {lists: \"data:cranfield-graded\"}\nencoders: {tiny: {model: model}}\narms: {base: {encoder: tiny}}\ntests: [lists/train]\n"
	if err := os.WriteFile(dir+"/recipe.yaml", []byte(recipe), 0o666); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("gradus", "run", "--offline", dir+"/recipe.yaml", "--out", dir+"/out")
	child.Env = append(os.Environ(), "GRADUS_HOME="+t.TempDir(), "GRADUS_XLA_PLUGIN=", "PJRT_PLUGIN_LIBRARY_PATH=")
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), `asset "xla-cpu"`) || !strings.Contains(string(out), "nothing may be fetched (offline)") {
		t.Errorf("want the missing plugin named, got %v: %s", err, out)
	}
}
