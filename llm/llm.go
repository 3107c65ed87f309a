// Package llm talks to a large language model behind any server of the OpenAI
// chat protocol: vLLM, llama.cpp, SGLang, Ollama, a hosted service, or the
// embedded model of package llm/embedded.
//
// A Client retries what is worth retrying, waits when the server asks it to,
// keeps to a budget of tokens or money, and never lets an API key into an
// error, a log, or another host's hands.
package llm

import (
	"encoding/json"
	"time"
)

// Request is one question to the model.
type Request struct {
	System      string // instructions; empty sends no system message
	User        string
	MaxTokens   int // of the answer; 0 leaves it to the server
	Temperature float64
	// Seed makes the answer repeatable where the server honours it. Keep it
	// in 0 … 2³¹−1, which every server takes.
	Seed int64
	// Schema, a JSON schema, constrains the answer to JSON that fits it. A
	// server that cannot do so makes Chat return ErrNoSchema.
	Schema json.RawMessage
}

// Answer is what the model wrote, and what it cost.
type Answer struct {
	Text             string
	Model            string // as the server named it
	FinishReason     string // "stop", "length", "content_filter", …
	PromptTokens     int
	CompletionTokens int
	Latency          time.Duration // of the attempt that succeeded
}

// Tokens is what the answer counts against a budget.
func (a Answer) Tokens() int64 { return int64(a.PromptTokens) + int64(a.CompletionTokens) }
