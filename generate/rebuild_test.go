package generate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestRebuild: the ledger alone gives the same collection, and another one where other things are wanted of mismatches.
func TestRebuild(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 24)
	one := &byHash{grade: mostly}
	opts.Judge, opts.CheckAttempts, opts.OnMismatch, opts.Split = one.judge(), 1, MismatchKeep, "dev"
	opts.Inputs = []durable.Input{{Path: "queries.jsonl", SHA256: "abc"}}
	first, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	want, asked, judged := files(t, opts.Out), len(server.Chats()), one.asked.Load()
	for _, lost := range []string{"corpus.jsonl", "queries.jsonl"} {
		if err := os.Remove(filepath.Join(opts.Out, lost)); err != nil {
			t.Fatal(err)
		}
	}
	second, err := Rebuild(t.Context(), Options{Out: opts.Out})
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, files(t, opts.Out))
	if first.Documents != second.Documents || first.Usage != second.Usage || second.Stopped != "" || *first.Checks != *second.Checks {
		t.Errorf("want the same summary, got %+v and %+v", first, second)
	}
	relabelled, err := Rebuild(t.Context(), Options{Out: opts.Out, OnMismatch: MismatchRelabel})
	if err != nil || relabelled.Checks.Relabelled != first.Checks.Kept || relabelled.Documents != first.Documents {
		t.Errorf("want what was kept relabelled, got %+v, %v", relabelled.Checks, err)
	}
	if len(server.Chats()) != asked || one.asked.Load() != judged {
		t.Error("want nothing asked again")
	}
}

// TestRebuildOfAPart: a run that was interrupted gives what it has.
func TestRebuildOfAPart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	opts := testOptions(t, nil, 12)
	opts.Concurrency = 1
	opts.LLM = testOptionsLLM(t, &oneAtATime{server: &llmtest.Server{Answer: func(chat llmtest.Chat) string {
		if n++; n == 20 {
			cancel()
		}
		return writer(chat)
	}}})
	if _, err := Generate(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	summary, err := Rebuild(t.Context(), Options{Out: opts.Out})
	if err != nil || summary.Requests != 19 || summary.Documents == 0 || !strings.Contains(summary.Stopped, "still to be asked for") {
		t.Errorf("want what 19 answers give, got %+v, %v", summary, err)
	}
}

func TestRebuildNeedsALedger(t *testing.T) {
	empty := t.TempDir()
	if _, err := Rebuild(t.Context(), Options{Out: empty}); err == nil || !strings.Contains(err.Error(), "want the ledger of a run") {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(empty, LedgerName)
	log, err := durable.OpenLog(path, func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	_, err = Rebuild(t.Context(), Options{Out: empty})
	if !errors.Is(err, durable.ErrLocked) {
		t.Errorf("want the holder named, got %v", err)
	}
	if err := log.Append([]byte(`{"run":{"format":1,"strategy":"per-grade"}}`)); err != nil {
		t.Fatal(err)
	}
	log.Close()
	for want, err := range map[string]error{
		"want a ledger of format 2, got 1": second(Rebuild(t.Context(), Options{Out: empty})),
		"format 1, now 2;":                 second(Generate(t.Context(), func() Options { o := testOptions(t, &llmtest.Server{}, 1); o.Out = empty; return o }())),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestTornHead: a crash while the queries were put down is made good.
func TestTornHead(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 1100)
	opts.LLM.Budget().MaxTokens = 1 // nothing is asked
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(opts.Out, LedgerName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if len(lines) != 4 { // the options, two parts of the queries, nothing
		t.Fatalf("want 3 records, got %d", len(lines)-1)
	}
	if err := os.WriteFile(path, []byte(lines[0]+lines[1]+lines[2][:100]), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Rebuild(t.Context(), Options{Out: opts.Out}); err == nil || !strings.Contains(err.Error(), "want all queries of the run") {
		t.Errorf("got %v", err)
	}
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(text) {
		t.Errorf("want the ledger whole again, got %d of %d bytes, %v", len(again), len(text), err)
	}
}

func TestExplain(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 12)
	one := &byHash{grade: mostly}
	opts.Judge, opts.CheckAttempts = one.judge(), 1
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for document, err := range (&collection.Collection{Dir: opts.Out}).Documents() {
		if err != nil {
			t.Fatal(err)
		}
		texts[document.ID] = document.Text
	}
	faults, rounds := 0, 0
	for _, query := range opts.Queries {
		for grade := range 4 {
			id := documentID(query.ID, grade)
			e, err := Explain(t.Context(), opts.Out, id)
			if err != nil {
				t.Fatal(err)
			}
			if e.Query != query.Text || e.Asked != grade || e.Seed != 7 || e.Judge != "by hash" || len(e.Attempts) == 0 {
				t.Errorf("%s: got %+v", id, e)
			}
			if e.Text != texts[id] || (e.Grade == nil) != (texts[id] == "") || (e.Reason == "") != (e.Grade != nil) {
				t.Errorf("%s: want %q, got %q, left out for %q", id, texts[id], e.Text, e.Reason)
			}
			if e.Text != "" && !slices.ContainsFunc(e.Attempts, func(a Attempt) bool {
				return a.Text == e.Text && a.Judged != nil && *a.Judged == grade && strings.Contains(a.User, "Write") && a.Model == "test-model"
			}) {
				t.Errorf("%s: want the attempt it comes from, judged, got %+v", id, e.Attempts)
			}
			for _, a := range e.Attempts {
				if (a.Text == "") == (a.Fault == "") || a.Raw == "" && a.Fault != faultEmpty || a.User == "" {
					t.Errorf("%s: got %+v", id, a)
				}
				if a.Fault != "" {
					faults++
				}
				if strings.HasPrefix(a.Step, "again-1/") {
					rounds++
				}
			}
		}
	}
	if faults == 0 || rounds == 0 {
		t.Errorf("want refused answers and second rounds among them, got %d and %d", faults, rounds)
	}
	for _, id := range []string{"1", "1-4", "99-3", "-3", ""} {
		if _, err := Explain(t.Context(), opts.Out, id); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%q: want an error, got %v", id, err)
		}
	}
}

// TestExplainDuplicate: two queries that get the same passage.
func TestExplainDuplicate(t *testing.T) {
	server := &llmtest.Server{Answer: func(llmtest.Chat) string { return `{"text": "` + repeated + `"}` }}
	opts := testOptions(t, server, 2)
	opts.Grades = []int{3}
	summary, err := Generate(t.Context(), opts)
	if err != nil || summary.Documents != 1 || summary.LeftOut[reasonDuplicate] != 1 {
		t.Fatalf("want one of two, got %+v, %v", summary, err)
	}
	if e, err := Explain(t.Context(), opts.Out, "2-3"); err != nil || e.Reason != reasonNotWritten || e.Grade != nil {
		t.Errorf("got %+v, %v", e, err)
	}
	if e, err := Explain(t.Context(), opts.Out, "1-3"); err != nil || e.Text != repeated {
		t.Errorf("got %+v, %v", e, err)
	}
}

var repeated = func() string {
	text := ""
	for i := range 8 {
		text += fmt.Sprintf("Sentence number %d speaks of thing %d and of matter %d there. ", i, i*7, i*13)
	}
	return strings.TrimSpace(text)
}()
