package llm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestStreams: what may become of an answer that is sent as it grows.
func TestStreams(t *testing.T) {
	for _, test := range []struct {
		name     string
		script   []llmtest.Fault
		requests int
		fails    string
		atMost   time.Duration
	}{
		{name: "no fault", requests: 1, atMost: time.Second},
		{name: "stops in the middle", script: []llmtest.Fault{llmtest.Stall(2)}, requests: 2, atMost: 12 * time.Second},
		{name: "stops for ever", script: []llmtest.Fault{llmtest.Stall(1), llmtest.Stall(2), llmtest.Stall(1)}, requests: 3,
			fails: "stopped in the middle of an answer for 10s", atMost: 35 * time.Second},
		{name: "says nothing", script: []llmtest.Fault{llmtest.Slow(time.Hour)}, requests: 2, atMost: 62 * time.Second},
		{name: "ends too early", script: []llmtest.Fault{llmtest.Break(2)}, requests: 2},
		{name: "always ends too early", script: []llmtest.Fault{llmtest.Break(1), llmtest.Break(2), llmtest.Break(1), llmtest.Break(1)}, requests: 4,
			fails: "a stream that ends in the middle of an answer"},
		{name: "cut", script: []llmtest.Fault{llmtest.CutBody}, requests: 2},
		{name: "an error in the stream", script: []llmtest.Fault{llmtest.Body("text/event-stream", `data: {"error":{"message":"out of memory"}}`+"\n\n")}, requests: 2},
		{name: "errors in the stream", script: slicesOf(9, llmtest.Body("text/event-stream", `data: {"error":{"message":"out of memory `+canary+`"}}`+"\n\n")), requests: 9,
			fails: "broke an answer off: out of memory [secret]"},
		{name: "an answer as a whole", script: []llmtest.Fault{llmtest.Body("application/json", `{"choices":[{"message":{"content":"x"}}]}`)}, requests: 2},
		{name: "429", script: []llmtest.Fault{llmtest.Status(429, "")}, requests: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := &llmtest.Server{Answer: echo, Script: test.script}
			opts := llm.Options{Timeout: time.Minute, StreamTimeout: 10 * time.Second, Key: canary}
			inBubble(t, server, opts, func(t *testing.T, client *llm.Client) {
				start := time.Now()
				answer, err := client.Chat(t.Context(), llm.Request{User: "hello there"})
				if test.fails == "" && (err != nil || answer.Text != "you said hello there" || answer.Model != "test-model" || answer.CompletionTokens != 5) {
					t.Errorf("got %+v, %v", answer, err)
				}
				if test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("want an error with %q, got %v", test.fails, err)
				}
				if n := len(server.Chats()); n != test.requests {
					t.Errorf("want %d requests, got %d", test.requests, n)
				}
				if took := time.Since(start); test.atMost > 0 && took > test.atMost {
					t.Errorf("want at most %v, got %v", test.atMost, took)
				}
			})
		})
	}
}

func slicesOf(n int, fault llmtest.Fault) []llmtest.Fault {
	script := make([]llmtest.Fault, n)
	for i := range script {
		script[i] = fault
	}
	return script
}

// TestStreamWithoutUsage: a server that takes no stream_options does not count tokens; the budget counts them nonetheless.
func TestStreamWithoutUsage(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Check: func(chat llmtest.Chat) (int, string) {
		if chat.StreamOptions.IncludeUsage {
			return 400, "stream_options is not supported"
		}
		return 0, ""
	}}
	inBubble(t, server, llm.Options{StreamTimeout: time.Second}, func(t *testing.T, client *llm.Client) {
		answer, err := client.Chat(t.Context(), llm.Request{User: "hello"})
		if err != nil || answer.PromptTokens == 0 || answer.CompletionTokens == 0 || client.Budget().Spent().Tokens() != answer.Tokens() {
			t.Errorf("want tokens estimated and counted, got %+v, %v", answer, err)
		}
	})
}

func TestContextOverflow(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Check: func(chat llmtest.Chat) (int, string) {
		if len(chat.User()) > 100 {
			return 400, `{"error":{"message":"too many tokens","code":"context_length_exceeded"}}`
		}
		return 0, ""
	}}
	inBubble(t, server, llm.Options{}, func(t *testing.T, client *llm.Client) {
		_, err := client.Chat(t.Context(), llm.Request{User: strings.Repeat("long ", 50), Schema: []byte(`{}`), Seed: 1})
		var status *llm.StatusError
		if !errors.Is(err, llm.ErrContext) || !errors.As(err, &status) || llm.Fatal(err) {
			t.Errorf("want ErrContext around the refusal, of this request alone, got %v", err)
		}
		if _, err := client.Chat(t.Context(), llm.Request{User: "short", Schema: []byte(`{}`), Seed: 1}); err != nil {
			t.Errorf("want the next one answered, got %v", err)
		}
		if n := len(server.Chats()); n != 2 || len(client.Refused()) > 0 {
			t.Errorf("want 2 requests and no parameter blamed, got %d, %v", n, client.Refused())
		}
	})
}
