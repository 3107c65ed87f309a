package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/llm/llmtest"
)

const generateKey = "sk-canary-right-0815"

// fluent answers every request with prose, or a grade if that is asked for,
// that depends on the request alone.
func fluent(chat llmtest.Chat) string {
	hash := fnv.New64a()
	fmt.Fprint(hash, chat.User(), *chat.Seed)
	random := rand.New(rand.NewPCG(hash.Sum64(), 1))
	passage := func() string {
		var text strings.Builder
		for range 8 {
			fmt.Fprintf(&text, "The value %d of case %d goes with number %d here. ", random.IntN(1e6), random.IntN(1e6), random.IntN(1e6))
		}
		return text.String()
	}
	format := string(chat.ResponseFormat)
	answer := map[string]any{}
	switch {
	case strings.Contains(format, `"grade_3"`):
		for _, grade := range []string{"grade_3", "grade_2", "grade_1", "grade_0"} {
			answer[grade] = passage()
		}
	case strings.Contains(format, `"grade"`):
		answer["grade"] = random.IntN(4)
	case strings.Contains(chat.User(), "Write the topic only"):
		answer["text"] = fmt.Sprintf("Topic number %d", random.IntN(1e6))
	default:
		answer["text"] = passage()
	}
	text, _ := json.Marshal(answer)
	return string(text)
}

// TestGenerateScripts runs generate as users type it, against a server at $LLM.
func TestGenerateScripts(t *testing.T) {
	server := httptest.NewServer(&llmtest.Server{Answer: fluent, Key: generateKey})
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/generate",
		RequireExplicitExec: true,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			env.Setenv("LLM", server.URL+"/v1")
			env.Setenv("GRADUS_LLM_API_KEY", generateKey)
			return nil
		},
	})
}

// scriptedLLM starts a server that answers so many requests and leaves those after
// them waiting: from when waiting is closed on, whoever asks is in the middle
// of its work for as long as a test wants.
func scriptedLLM(t *testing.T, answers int64) (url string, waiting <-chan struct{}) {
	t.Helper()
	fake, held := &llmtest.Server{Answer: fluent}, make(chan struct{})
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int64(0)
		if r.Method == http.MethodPost {
			n = asked.Add(1)
		}
		if n <= answers {
			fake.ServeHTTP(w, r)
			return
		}
		if n == answers+1 {
			close(held)
		}
		io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", held
}

// TestGenerateSurvivesSignals kills and interrupts runs again and again: the
// collection is that of a run left alone.
func TestGenerateSurvivesSignals(t *testing.T) {
	dir := t.TempDir()
	queries := filepath.Join(dir, "queries.jsonl")
	var text strings.Builder
	for i := range 25 {
		fmt.Fprintf(&text, "{\"_id\": \"%d\", \"text\": \"what is known of case %d of flutter\"}\n", i, i)
	}
	if err := os.WriteFile(queries, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	command := func(out, url string) *exec.Cmd {
		cmd := exec.Command("gradus", "generate", "--queries", queries, "--llm", url, "--out", filepath.Join(dir, out))
		cmd.Stderr = &strings.Builder{}
		return cmd
	}
	patient, _ := scriptedLLM(t, math.MaxInt64-1)
	if err := command("alone", patient).Run(); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		url, waiting := scriptedLLM(t, 15) // of the 100 requests and more that 25 queries take
		cmd := command("killed", url)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-waiting:
		case <-time.After(time.Minute):
			t.Error("want requests within a minute, got fewer than 16")
		}
		cmd.Process.Signal(signal)
		err := cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("want the run ended by %v, got %v", signal, err)
		}
		if signal != syscall.SIGKILL && (exit.ExitCode() != exitInterrupted || fmt.Sprint(cmd.Stderr) != "gradus: interrupted\n") {
			t.Errorf("%v: want exit status %d, got %d: %v", signal, exitInterrupted, exit.ExitCode(), cmd.Stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "killed", "corpus.jsonl")); err == nil {
			t.Error("want only the ledger of a run that did not end, got a corpus")
		}
	}
	last := command("killed", patient)
	if err := last.Run(); err != nil {
		t.Fatalf("%v: %v", err, last.Stderr)
	}
	for _, name := range []string{"corpus.jsonl", "queries.jsonl", "qrels/train.tsv"} {
		want, err := os.ReadFile(filepath.Join(dir, "alone", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "killed", name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: want the same as of a run left alone (%v)", name, err)
		}
	}
}
