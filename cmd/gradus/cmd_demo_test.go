package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
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
	url, _ := serve(t, math.MaxInt64-1)
	opts := demoOptions{out: filepath.Join(t.TempDir(), "demo"), encoder: t.TempDir(), llm: url, liveTime: time.Minute}
	if err := encodertest.Deep(5).Write(opts.encoder); err != nil {
		t.Fatal(err)
	}
	training := filepath.Join(opts.out, "models", "student-ws2.training")
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
	const all = 19 // to unpack and generate 3, to train 4, to encode and search 6 each
	done := append(first.stages(" s"), cut.stages(" s")...)
	again, rest := second.stages("done before"), second.stages(" s")
	if !slices.Equal(done, again) || len(done)+len(rest) != all || !slices.Contains(done, "train student-infonce") {
		t.Errorf("want %d stages, each done once, got %q, then again %q, and %q", all, done, again, rest)
	}
	wantTable(t, table, filepath.Join(opts.out, "report.json"))
	if live, err := durable.ReadManifest(filepath.Join(opts.out, "live")); err != nil || len(live.Inputs) != 1 {
		t.Errorf("want the live lists made from one file of queries, got %+v, %v", live.Inputs, err)
	}
}

// wantTable wants a line for each arm, and the word for it where it is no better than its base.
func wantTable(t *testing.T, printed, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table report.Table
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(printed) {
		name, _, _ := strings.Cut(line, " ")
		lines[name] = line
	}
	noBetter := 0
	for i, arm := range []string{"minilm", "minilm-ws2", "student", "student-infonce", "student-ws2", "student-ws2-live"} {
		if len(table.Rows) != 6 || table.Rows[i].Arm != arm || lines[arm] == "" {
			t.Fatalf("want %s in row %d of 6, got %d rows and\n%s", arm, i+1, len(table.Rows), printed)
		}
		c := table.Rows[i].Comparison
		if says := strings.Contains(lines[arm], "no better ("); says != (c != nil && c.P >= report.Significant) {
			t.Errorf("%s: got p %+v and %s", arm, c, lines[arm])
		} else if says {
			noBetter++
		}
	}
	if noBetter == 0 {
		t.Errorf("want an arm that a few steps of a model of random weights made no better, got\n%s", printed)
	}
}
