package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

func echo(chat llmtest.Chat) string { return "you said " + chat.User() }

// inBubble runs test with a client whose server needs no network, in a world where waiting costs nothing.
func inBubble(t *testing.T, server *llmtest.Server, opts llm.Options, test func(t *testing.T, client *llm.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if opts.Endpoints == nil {
			opts.BaseURL = "http://llm.test:8000/v1"
		}
		if opts.Model == "" {
			opts.Model = "test-model"
		}
		if opts.Transport == nil {
			opts.Transport = llmtest.Transport(server)
		}
		client, err := llm.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		test(t, client)
	})
}

func TestChatSendsWhatWasAsked(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Key: "k-123"}
	listener := httptest.NewServer(server)
	defer listener.Close()
	client, err := llm.New(llm.Options{BaseURL: listener.URL + "/v1", Key: "k-123"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Chat(t.Context(), llm.Request{
		System: "be brief", User: "hello", MaxTokens: 77, Temperature: 0.5, Seed: 42,
		Schema: json.RawMessage(`{"type":"object"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Text != "you said hello" || answer.Model != "test-model" || answer.FinishReason != "stop" || answer.CompletionTokens == 0 {
		t.Errorf("got %+v", answer)
	}
	chats := server.Chats()
	if len(chats) != 1 {
		t.Fatalf("want 1 request, got %d", len(chats))
	}
	got := chats[0]
	if got.Model != "test-model" || got.MaxTokens != 77 || *got.Temperature != 0.5 || *got.Seed != 42 ||
		len(got.Messages) != 2 || got.Messages[0].Role != "system" || got.User() != "hello" ||
		!strings.Contains(string(got.ResponseFormat), `"json_schema"`) || got.Authorization != "Bearer k-123" {
		t.Errorf("got %+v", got)
	}
	if spent := client.Budget().Spent(); spent.Tokens() != answer.Tokens() {
		t.Errorf("want the budget to have counted %d tokens, got %d", answer.Tokens(), spent.Tokens())
	}
}

// TestFaults is the table of what a server may do and what comes of it.
func TestFaults(t *testing.T) {
	date := func(w http.ResponseWriter, r *http.Request, reply *llmtest.Reply) bool {
		in20s := time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
		return llmtest.Status(429, "slow down", "Retry-After", in20s)(w, r, reply)
	}
	repeat := func(n int, fault llmtest.Fault) []llmtest.Fault {
		script := make([]llmtest.Fault, n)
		for i := range script {
			script[i] = fault
		}
		return script
	}
	for _, test := range []struct {
		name     string
		script   []llmtest.Fault
		requests int    // that reach the server
		fails    string // part of the error; "" succeeds
		fatal    bool
		atLeast  time.Duration
		atMost   time.Duration
	}{
		{name: "no fault", requests: 1},
		{name: "500 twice", script: repeat(2, llmtest.Status(500, "oops")), requests: 3, atLeast: 750 * time.Millisecond, atMost: 1500 * time.Millisecond},
		{name: "500 for ever", script: repeat(100, llmtest.Status(500, "oops")), requests: 9, fails: "answered 500 Internal Server Error: oops", atMost: 2 * time.Minute},
		{name: "503 with a web page", script: []llmtest.Fault{llmtest.Status(503, "<html>")}, requests: 2},
		{name: "429 with seconds", script: []llmtest.Fault{llmtest.Status(429, "slow down", "Retry-After", "30")}, requests: 2, atLeast: 30 * time.Second, atMost: 31 * time.Second},
		{name: "429 with a date", script: []llmtest.Fault{date}, requests: 2, atLeast: 19 * time.Second, atMost: 21 * time.Second},
		{name: "429 with nonsense", script: []llmtest.Fault{llmtest.Status(429, "", "Retry-After", "soon")}, requests: 2, atMost: time.Second},
		{name: "429 until tomorrow", script: []llmtest.Fault{llmtest.Status(429, "quota", "Retry-After", "86400")}, requests: 1, fails: "it asks to wait 24h0m0s", fatal: true},
		{name: "408, 409, 425", script: []llmtest.Fault{llmtest.Status(408, ""), llmtest.Status(409, ""), llmtest.Status(425, "")}, requests: 4},
		{name: "503 with seconds", script: []llmtest.Fault{llmtest.Status(503, "loading", "Retry-After", "10")}, requests: 2, atLeast: 10 * time.Second, atMost: 11 * time.Second},
		{name: "400", script: repeat(9, llmtest.Status(400, "no such thing")), requests: 1, fails: "no such thing"},
		{name: "context, vLLM", script: repeat(9, llmtest.Status(400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens")), requests: 1, fails: "over the model's context"},
		{name: "context, llama.cpp", script: repeat(9, llmtest.Status(400, "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it")), requests: 1, fails: "over the model's context"},
		{name: "context, as a fault", script: repeat(9, llmtest.Status(500, "the input is longer than the model's context length")), requests: 1, fails: "over the model's context"},
		{name: "413", script: repeat(9, llmtest.Status(413, "")), requests: 1, fails: "over the model's context"},
		{name: "401", script: repeat(9, llmtest.Status(401, "who?")), requests: 1, fails: "is the API key right?", fatal: true},
		{name: "403", script: repeat(9, llmtest.Status(403, "no")), requests: 1, fails: "403 Forbidden", fatal: true},
		{name: "404", script: repeat(9, llmtest.Status(404, "no model x")), requests: 1, fails: "no model x", fatal: true},
		{name: "422", script: repeat(9, llmtest.Status(422, "bad")), requests: 1, fails: "422"},
		{name: "501", script: repeat(9, llmtest.Status(501, "")), requests: 1, fails: "501"},
		{name: "cut before the answer", script: []llmtest.Fault{llmtest.CutConnection}, requests: 2},
		{name: "cut in the answer", script: []llmtest.Fault{llmtest.CutBody}, requests: 2},
		{name: "cut for ever", script: repeat(100, llmtest.CutBody), requests: 9, fails: "broke in the middle of an answer"},
		{name: "truncated JSON", script: []llmtest.Fault{llmtest.TruncatedJSON}, requests: 2},
		{name: "truncated JSON for ever", script: repeat(100, llmtest.TruncatedJSON), requests: 4, fails: "broken JSON"},
		{name: "no choices", script: repeat(100, llmtest.Body("application/json", "{}")), requests: 4, fails: "one without choices"},
		{name: "a web page", script: repeat(100, llmtest.Body("text/html", "<html>")), requests: 4, fails: "is the address complete"},
		{name: "slow once", script: []llmtest.Fault{llmtest.Slow(time.Hour)}, requests: 2, atLeast: time.Minute, atMost: 62 * time.Second},
		{name: "slow for ever", script: repeat(100, llmtest.Slow(time.Hour)), requests: 3, fails: "want an answer within 1m0s"},
		{name: "another model", script: []llmtest.Fault{llmtest.As("gpt-2")}, requests: 1, fails: `want answers of model "test-model", got them of "gpt-2"`, fatal: true},
		{name: "a dated model", script: []llmtest.Fault{llmtest.As("test-model-2026-01-01")}, requests: 1},
		{name: "a model's file", script: []llmtest.Fault{llmtest.As("/models/Test-Model.gguf")}, requests: 1},
		{name: "length", script: []llmtest.Fault{llmtest.Length}, requests: 1, fails: "cut at its token limit"},
		{name: "redirect in a circle", script: repeat(100, llmtest.RedirectTo("http://llm.test:8000")), requests: 5, fails: "want at most 5 redirects", fatal: true},
		{name: "redirect elsewhere", script: []llmtest.Fault{llmtest.RedirectTo("http://evil.test")}, requests: 1, fails: "redirects to another host, http://evil.test", fatal: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := &llmtest.Server{Answer: echo, Script: test.script}
			inBubble(t, server, llm.Options{Timeout: time.Minute}, func(t *testing.T, client *llm.Client) {
				start := time.Now()
				answer, err := client.Chat(t.Context(), llm.Request{User: "hi", MaxTokens: 10})
				took := time.Since(start)
				if test.fails == "" && (err != nil || answer.Text != "you said hi") {
					t.Errorf("got %q, %v", answer.Text, err)
				}
				if test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("want an error with %q, got %v", test.fails, err)
				}
				if llm.Fatal(err) != test.fatal {
					t.Errorf("want fatal %v for %v", test.fatal, err)
				}
				if n := len(server.Chats()); n != test.requests {
					t.Errorf("want %d requests, got %d", test.requests, n)
				}
				if took < test.atLeast || test.atMost > 0 && took > test.atMost {
					t.Errorf("want it to take %v to %v, got %v", test.atLeast, test.atMost, took)
				}
			})
		})
	}
}

func TestTruncatedAnswerIsReturned(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Always: llmtest.Length}
	inBubble(t, server, llm.Options{}, func(t *testing.T, client *llm.Client) {
		answer, err := client.Chat(t.Context(), llm.Request{User: "hi"})
		if !errors.Is(err, llm.ErrTruncated) || answer.Text != "you s" {
			t.Errorf("want half an answer and ErrTruncated, got %q, %v", answer.Text, err)
		}
	})
}

// TestRetryAfterHoldsEveryRequest: what the server says to one request holds for those that follow.
func TestRetryAfterHoldsEveryRequest(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Script: []llmtest.Fault{llmtest.Status(429, "", "Retry-After", "60")}}
	inBubble(t, server, llm.Options{}, func(t *testing.T, client *llm.Client) {
		start := time.Now()
		done := make(chan error)
		go func() {
			_, err := client.Chat(t.Context(), llm.Request{User: "first"})
			done <- err
		}()
		synctest.Wait()
		time.Sleep(time.Second)
		go func() {
			_, err := client.Chat(t.Context(), llm.Request{User: "second"})
			done <- err
		}()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		for _, chat := range server.Chats()[1:] {
			if waited := chat.At.Sub(start); waited < time.Minute {
				t.Errorf("%s: want no request within the minute, got one after %v", chat.User(), waited)
			}
		}
	})
}

func TestRunWideRetriesEnd(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Always: llmtest.Status(500, "oops")}
	inBubble(t, server, llm.Options{RunRetries: 5}, func(t *testing.T, client *llm.Client) {
		_, err := client.Chat(t.Context(), llm.Request{User: "hi"})
		var status *llm.StatusError
		if !errors.Is(err, llm.ErrRetries) || !errors.As(err, &status) || !llm.Fatal(err) {
			t.Errorf("want ErrRetries around the last status, got %v", err)
		}
		if n := len(server.Chats()); n != 6 {
			t.Errorf("want 5 retries, got %d", n-1)
		}
	})
}

func TestCancelInBackOff(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Always: llmtest.Status(429, "", "Retry-After", "100")}
	inBubble(t, server, llm.Options{}, func(t *testing.T, client *llm.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Chat(ctx, llm.Request{User: "hi"})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 6*time.Second {
			t.Errorf("want the caller's deadline after 5s, got %v after %v", err, time.Since(start))
		}
	})
}

func TestParametersTheServerRefuses(t *testing.T) {
	refuse := func(chat llmtest.Chat) (int, string) {
		switch {
		case chat.MaxTokens > 0:
			return 400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
		case chat.Seed != nil:
			return 422, `{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}`
		case chat.ResponseFormat != nil:
			return 400, "response_format is not supported"
		}
		return 0, ""
	}
	server := &llmtest.Server{Answer: echo, Check: refuse}
	inBubble(t, server, llm.Options{}, func(t *testing.T, client *llm.Client) {
		req := llm.Request{User: "hi", MaxTokens: 5, Seed: 1, Schema: json.RawMessage(`{}`)}
		for range 2 {
			if _, err := client.Chat(t.Context(), req); !errors.Is(err, llm.ErrNoSchema) {
				t.Fatalf("want ErrNoSchema, got %v", err)
			}
		}
		if n := len(server.Chats()); n != 3 {
			t.Errorf("want max_tokens, seed and response_format tried once each, got %d requests", n)
		}
		req.Schema = nil
		if _, err := client.Chat(t.Context(), req); err != nil {
			t.Error(err)
		}
		last := server.Chats()[3]
		if last.MaxCompletion != 5 || last.Seed != nil || last.ResponseFormat != nil {
			t.Errorf("got %+v", last)
		}
		if got := strings.Join(client.Refused(), " "); got != "response_format seed max_tokens" {
			t.Errorf("got %q", got)
		}
	})
}
