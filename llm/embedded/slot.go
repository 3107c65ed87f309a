package embedded

import (
	"context"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// request is one chat completion on its way through the engine.
type request struct {
	ctx       context.Context // done when the client has gone
	prompt    []llama.Token
	maxTokens int
	sampling  sampling
	stops     []string
	grammar   string // GBNF; empty for free text
	stream    bool   // send the text as it grows
	events    chan event
}

// event is what a request hears from the engine: text while it streams, then
// exactly one answer or error.
type event struct {
	text   string
	answer *answer
	err    error
}

// answer is a finished completion.
type answer struct {
	text         string
	finishReason string // "stop" or "length"
	prompt       int    // tokens
	cached       int    // tokens of the prompt that needed no evaluation
	completion   int    // tokens
}

// newRequest makes room for every event, so that the engine never waits for a client.
func newRequest(ctx context.Context, prompt []llama.Token, maxTokens int, stream bool) *request {
	room := 1
	if stream {
		room = maxTokens + 2
	}
	return &request{ctx: ctx, prompt: prompt, maxTokens: maxTokens, stream: stream, events: make(chan event, room)}
}

func (r *request) fail(err error) { r.events <- event{err: err} }

// slot is one sequence of the context. Between requests it keeps its cells, in
// the hope that the next prompt begins alike.
type slot struct {
	id    llama.SeqId
	cells []llama.Token // tokens whose keys and values the sequence holds

	req      *request // nil while idle
	order    int64    // requests are served in the order they were seated
	after    *slot    // evaluating a prompt that begins alike: wait, then copy
	afterReq *request // whose prompt that is, to notice when the slot moved on
	wanted   int      // tokens to wait for
	cached   int
	sampler  *sampler
	text     answerText
	drawn    int         // tokens of the answer
	next     llama.Token // drawn, not yet evaluated
	output   int32       // place in the batch whose logits decide the next token, or -1
}

func (s *slot) idle() bool    { return s.req == nil }
func (s *slot) waiting() bool { return s.req != nil && s.after != nil }
func (s *slot) reading() bool {
	return s.req != nil && s.after == nil && len(s.cells) < len(s.req.prompt)
}
func (s *slot) generating() bool {
	return s.req != nil && s.after == nil && len(s.cells) >= len(s.req.prompt)
}
