package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

func TestLLMFlags(t *testing.T) {
	dir := t.TempDir()
	key := func(text string) string {
		path := filepath.Join(dir, text)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(args ...string) (*llmOptions, error) {
		opts := &llmOptions{}
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		opts.addFlags(flags)
		opts.addConcurrency(flags)
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		return opts, opts.check()
	}
	for args, want := range map[string]string{
		"--concurrency 0":                                     "want auto or a number",
		"--concurrency many":                                  "want auto or a number",
		"--llm http://h/v1#weight=0":                          "#weight=NUMBER",
		"--llm http://h/v1 --llm embedded":                    "servers alone or the embedded LLM alone",
		"--llm http://h/v1 --api-key-file a --api-key-file b": "one for each of 1, got 2",
		"--timeout 0s":                                        "--timeout",
		"--max-retries 0":                                     "--max-retries",
		"--stream-timeout -1s":                                "--stream-timeout",
	} {
		if _, err := read(strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", args, want, err)
		}
	}
	opts, err := read("--llm", "http://a/v1", "--llm", "http://b/v1#weight=2", "--api-key-file", key("one"), "--api-key-file", key("two"), "--concurrency", "5")
	if err != nil {
		t.Fatal(err)
	}
	endpoints, err := opts.withKeys()
	if err != nil || len(endpoints) != 2 || string(endpoints[0].Key) != "one" || string(endpoints[1].Key) != "two" || endpoints[1].Weight != 2 {
		t.Errorf("want each server with its key, got %v, %v", endpoints, err)
	}
	for spec, want := range map[string]int{"5": 5, "auto": llm.MostConcurrency} {
		opts, err := read("--llm", "http://a/v1", "--concurrency", spec)
		if err != nil {
			t.Fatal(err)
		}
		client, err := opts.open(t.Context(), streams{})
		if err != nil || client.MostInFlight() != want {
			t.Errorf("--concurrency %s: want %d in flight, got %v", spec, want, err)
		}
	}
}

// TestKeyIsNowhere runs the program against a server that sends the API key
// back wherever it can, with all the talk that Go's libraries are capable of,
// and dumps all its stacks in the middle: the key is in nothing it says or writes.
func TestKeyIsNowhere(t *testing.T) {
	const canary = "sk-canary-9f8e7d6c5b4a3210"
	faults := []llmtest.Fault{
		llmtest.Status(429, "slow down "+canary, "Retry-After", "0", "X-Key", canary), llmtest.Status(500, canary), llmtest.CutBody,
		llmtest.Body("text/"+canary, canary), llmtest.TruncatedJSON, llmtest.Status(400, "bad "+canary), llmtest.Text("A passage. " + canary), nil, nil,
	}
	var requests atomic.Int64
	asked := make(chan bool, 1000)
	echo := &llmtest.Server{
		Key: canary,
		Answer: func(chat llmtest.Chat) string {
			return strings.Repeat(fmt.Sprintf("The key of case %d is %s. ", requests.Load(), chat.Authorization), 20)
		},
		Always: func(w http.ResponseWriter, r *http.Request, reply *llmtest.Reply) bool {
			n := requests.Add(1)
			asked <- true
			if n > 60 {
				return llmtest.Slow(time.Hour)(w, r, reply)
			}
			if fault := faults[n%int64(len(faults))]; fault != nil {
				return fault(w, r, reply)
			}
			return false
		},
	}
	server := httptest.NewServer(echo)
	defer server.CloseClientConnections()
	dir := t.TempDir()
	out, queries := filepath.Join(dir, "out"), filepath.Join(dir, "queries.jsonl")
	var lines strings.Builder
	for i := range 200 {
		fmt.Fprintf(&lines, "{\"_id\": \"%d\", \"text\": \"how does wing number %d make lift\"}\n", i, i)
	}
	if err := os.WriteFile(queries, []byte(lines.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]func(*exec.Cmd){
		"environment": func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "OPENAI_API_KEY="+canary) },
		"file": func(cmd *exec.Cmd) {
			file := filepath.Join(dir, "key")
			if err := os.WriteFile(file, []byte(canary), 0o600); err != nil {
				t.Error(err)
			}
			cmd.Args = append(cmd.Args, "--api-key-file", file)
		},
	} {
		requests.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "gradus", "generate", "--queries", queries, "--llm", server.URL+"/v1", "--model", "test-model", "--out", filepath.Join(out, name))
		cmd.Env = append(os.Environ(), "GODEBUG=http2debug=2,netdns=go+2", "GOTRACEBACK=all", "OPENAI_LOG=debug")
		source(cmd)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 61 { // one that waits for its answer
			select {
			case <-asked:
			case <-ctx.Done():
				t.Fatalf("%s: want 61 requests, got %d; the program said %s", name, requests.Load(), said.String())
			}
		}
		cmd.Process.Signal(syscall.SIGQUIT)
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || !strings.Contains(said.String(), "goroutine ") {
			t.Errorf("%s: want a crash with its stacks, got %v: %s", name, err, said.String())
		}
		if strings.Contains(said.String(), canary[:12]) {
			t.Errorf("%s: the key shows in what the program said: %s", name, said.String())
		}
		for len(asked) > 0 {
			<-asked
		}
	}
	written := 0
	err := filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		written += len(text)
		if strings.Contains(string(text), canary[:12]) {
			t.Errorf("the key shows in %s", path)
		}
		return err
	})
	if err != nil || written < 1000 {
		t.Errorf("want ledgers with answers to look through, got %d bytes, %v", written, err)
	}
}
