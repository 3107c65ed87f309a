// Package llmtest is an OpenAI-compatible server for tests: it answers
// deterministically, checks what it is asked, and makes faults by script.
package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Chat is a request as the server saw it.
type Chat struct {
	Model          string          `json:"model"`
	Messages       []Message       `json:"messages"`
	MaxTokens      int             `json:"max_tokens"`
	MaxCompletion  int             `json:"max_completion_tokens"`
	Temperature    *float64        `json:"temperature"`
	Seed           *int64          `json:"seed"`
	ResponseFormat json.RawMessage `json:"response_format"`
	Stream         bool            `json:"stream"`
	StreamOptions  struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`

	Authorization string    `json:"-"`
	At            time.Time `json:"-"`
}

// Message is one turn of a Chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// User is the text of the last user message.
func (c Chat) User() string {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		if c.Messages[i].Role == "user" {
			return c.Messages[i].Content
		}
	}
	return ""
}

// Reply is what the server is about to answer; a Fault may change it.
type Reply struct {
	Text         string
	Model        string
	FinishReason string
	Stall        int // of a stream's parts that are sent before it stops for good; 0 sends all
	Break        int // of a stream's parts that are sent before it ends without a word; 0 sends all
}

// Fault is one step of a script: it writes its own response and returns true,
// or changes the reply that follows and returns false. A nil Fault is a request served well.
type Fault func(w http.ResponseWriter, r *http.Request, reply *Reply) (done bool)

// Server is an http.Handler. To it four bytes are a token, and it keeps to max_tokens. Set the fields before the first request.
type Server struct {
	Model  string // the one it lists and answers as; "" is "test-model"
	Key    string // 401 without it, where set
	Answer func(Chat) string
	// Script holds the fault of each chat request in turn; after its end all is well.
	Script []Fault
	// Always runs for each chat request the script leaves alone.
	Always Fault
	// Check makes the server refuse a request: an HTTP status and a message, or 0.
	Check func(Chat) (status int, message string)

	mu    sync.Mutex
	chats []Chat
	next  int
}

// Chats are the chat requests so far, in the order of arrival.
func (s *Server) Chats() []Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Chat(nil), s.chats...)
}

func (s *Server) model() string {
	if s.Model == "" {
		return "test-model"
	}
	return s.Model
}

// ServeHTTP answers /v1/models and /v1/chat/completions.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.Key {
		writeError(w, http.StatusUnauthorized, "invalid API key, got "+r.Header.Get("Authorization"))
		return
	}
	switch r.URL.Path {
	case "/v1/models":
		writeJSON(w, map[string]any{"object": "list", "data": []any{map[string]any{"id": s.model(), "object": "model"}}})
	case "/v1/chat/completions":
		s.serveChat(w, r)
	default:
		writeError(w, http.StatusNotFound, "no such path "+r.URL.Path)
	}
}

func (s *Server) serveChat(w http.ResponseWriter, r *http.Request) {
	var chat Chat
	if err := json.NewDecoder(r.Body).Decode(&chat); err != nil || len(chat.Messages) == 0 {
		writeError(w, http.StatusBadRequest, "want a chat request with messages")
		return
	}
	chat.Authorization, chat.At = r.Header.Get("Authorization"), time.Now()
	fault := s.record(chat)
	reply := Reply{Model: s.model(), FinishReason: "stop"}
	if s.Check != nil {
		if status, message := s.Check(chat); status != 0 {
			writeError(w, status, message)
			return
		}
	}
	if s.Answer != nil {
		reply.Text = s.Answer(chat)
	}
	if most := 4 * max(chat.MaxTokens, chat.MaxCompletion); most > 0 && len(reply.Text) > most {
		reply.Text, reply.FinishReason = strings.ToValidUTF8(reply.Text[:most], ""), "length"
	}
	if fault != nil && fault(w, r, &reply) {
		return
	}
	if chat.Stream {
		stream(w, r, chat, reply)
		return
	}
	writeJSON(w, completion(chat, reply))
}

// stream sends the answer in parts of four bytes.
func stream(w http.ResponseWriter, r *http.Request, chat Chat, reply Reply) {
	w.Header().Set("Content-Type", "text/event-stream")
	sent := 0
	send := func(choices []any, usage any) {
		data, _ := json.Marshal(map[string]any{
			"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": reply.Model, "choices": choices, "usage": usage,
		})
		fmt.Fprintf(w, "data: %s\n\n", data)
		http.NewResponseController(w).Flush()
		sent++
	}
	for text := reply.Text; text != ""; text = text[min(4, len(text)):] {
		send([]any{map[string]any{"index": 0, "delta": map[string]any{"content": text[:min(4, len(text))]}}}, nil)
		switch {
		case reply.Stall == sent:
			<-r.Context().Done()
			return
		case reply.Break == sent:
			return
		}
	}
	send([]any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": reply.FinishReason}}, nil)
	if chat.StreamOptions.IncludeUsage {
		send([]any{}, completion(chat, reply)["usage"])
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func (s *Server) record(chat Chat) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats = append(s.chats, chat)
	if s.next < len(s.Script) {
		s.next++
		return s.Script[s.next-1]
	}
	return s.Always
}

func completion(chat Chat, reply Reply) map[string]any {
	prompt := 0
	for _, message := range chat.Messages {
		prompt += len(message.Content) / 4
	}
	return map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": reply.Model,
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": reply.FinishReason,
			"message": map[string]any{"role": "assistant", "content": reply.Text},
		}},
		"usage": map[string]any{
			"prompt_tokens": prompt, "completion_tokens": len(reply.Text) / 4, "total_tokens": prompt + len(reply.Text)/4,
		},
	}
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func writeError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "error", "code": fmt.Sprint(status)}})
}
