package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// The test binary is also the child that Start runs, and the parent that one
// test kills.
func TestMain(m *testing.M) {
	switch os.Getenv("EMBEDDED_TEST_ROLE") {
	case "child":
		if err := RunChild(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "parent":
		os.Exit(parentToBeKilled())
	}
	code := m.Run()
	if shared.server != nil {
		shared.server.Close()
	}
	os.Exit(code)
}

// testOptions run SmolLM2 in a copy of the test binary.
func testOptions(slots int) Options {
	os.Setenv("EMBEDDED_TEST_ROLE", "child")
	return Options{Slots: slots, ContextPerSlot: 512, Executable: os.Args[0], Args: []string{}}
}

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// sharedServer has 16 slots and serves all tests that leave it as it was.
func sharedServer(t *testing.T) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = Start(context.Background(), testOptions(16)) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// body is a chat request under construction.
type body map[string]any

func ask(question string, maxTokens int) body {
	return body{
		"messages":    []map[string]string{{"role": "user", "content": question}},
		"max_tokens":  maxTokens,
		"temperature": 0,
	}
}

func (b body) with(key string, value any) body {
	b[key] = value
	return b
}

// post sends a chat request as the protocol's clients do.
func post(ctx context.Context, s *Server, b body) (int, http.Header, []byte, error) {
	return send(ctx, http.MethodPost, s.URL()+"/chat/completions", s.Key(), b)
}

func send(ctx context.Context, method, url, key string, b any) (int, http.Header, []byte, error) {
	data, err := json.Marshal(b)
	if err != nil {
		return 0, nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(data))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, got, err
}

// reply is an answer or an error as a client sees it.
type reply struct {
	Model   string
	Choices []struct {
		Message      struct{ Role, Content string }
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	Error struct{ Message, Type, Code string }
}

func chat(t *testing.T, s *Server, b body) reply {
	t.Helper()
	status, r := tryChat(t, s, b)
	if status != http.StatusOK || len(r.Choices) != 1 {
		t.Fatalf("want 200 with one choice, got %d: %+v", status, r)
	}
	return r
}

func tryChat(t *testing.T, s *Server, b body) (int, reply) {
	t.Helper()
	status, _, data, err := post(t.Context(), s, b)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return status, r
}

func counts(t *testing.T, s *Server) Counts {
	t.Helper()
	c, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s in vain: %s", what)
		}
	}
}
