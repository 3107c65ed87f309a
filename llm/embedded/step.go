package embedded

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// fill puts the next tokens of all slots into the batch and returns how many.
// Answers come first: one token each, so that no prompt delays them by more
// than a batch. Prompts share what is left, first come first served.
func (e *engine) fill() int {
	e.batch.NTokens = 0
	var reading []*slot
	for _, s := range e.slots {
		s.output = -1
		switch {
		case s.generating():
			s.output = e.put(s, s.next, true)
		case s.reading():
			reading = append(reading, s)
		}
	}
	slices.SortFunc(reading, func(a, b *slot) int { return int(a.order - b.order) })
	for _, s := range reading {
		prompt := s.req.prompt
		n := min(len(prompt)-len(s.cells), batchTokens-int(e.batch.NTokens))
		for range n {
			at := len(s.cells)
			if last := at == len(prompt)-1; last {
				s.output = e.put(s, prompt[at], true)
			} else {
				e.put(s, prompt[at], false)
			}
		}
		e.count.PromptEvaluated.Add(int64(n))
	}
	return int(e.batch.NTokens)
}

// put adds a token to the batch and returns its place there. The batch holds
// batchTokens, and slots are fewer, so there is room by construction.
func (e *engine) put(s *slot, t llama.Token, logits bool) int32 {
	at := e.batch.NTokens
	if err := e.batch.Add(t, llama.Pos(len(s.cells)), []llama.SeqId{s.id}, logits); err != nil {
		panic(err)
	}
	s.cells = append(s.cells, t)
	return at
}

// decode evaluates the batch. Cells are counted in fill already: after an error
// nobody knows what the context holds, and the engine starts from empty.
func (e *engine) decode() error {
	began, used := time.Now(), cpuTime()
	status, err := llama.Decode(e.model.context, e.batch)
	llama.Synchronize(e.model.context)
	if e.pace.observe(time.Since(began), cpuTime()-used) {
		e.count.Threads.Store(int64(e.pace.now))
		llama.SetNThreads(e.model.context, int32(e.pace.now), int32(e.pace.now))
	}
	e.count.Steps.Add(1)
	if err == nil && status != 0 {
		err = fmt.Errorf("llama.cpp: decoding a batch of %d tokens: status %d", e.batch.NTokens, status)
	}
	return err
}

// draw lets every slot whose logits are there choose its next token, and
// releases those that are done.
func (e *engine) draw() {
	for _, s := range e.slots {
		if s.idle() || s.output < 0 {
			continue
		}
		if last := e.advance(s); last != nil {
			e.release(s, *last)
		}
	}
}

// advance draws one token for a slot and returns the request's last event if
// the answer is complete with it.
func (e *engine) advance(s *slot) *event {
	logits, err := e.model.logits(s.output)
	if err != nil || logits == nil {
		return &event{err: errors.New("llama.cpp gave no logits")}
	}
	t, ok := s.sampler.draw(logits)
	if !ok {
		return &event{err: errors.New("the grammar allows no token here")}
	}
	s.drawn++
	e.count.Generated.Add(1)
	if llama.VocabIsEOG(e.model.vocab, t) {
		return s.finish("stop")
	}
	if s.sampler.grammar != nil {
		s.sampler.grammar.accept(t)
	}
	s.next = t
	shown := s.text.add(e.model.piece(t))
	if s.req.stream && shown != "" {
		s.req.events <- event{text: shown}
	}
	switch {
	case s.text.stopped, s.sampler.grammar != nil && s.sampler.grammar.complete(e.model.end):
		return s.finish("stop")
	case s.drawn >= s.req.maxTokens, len(s.cells) >= e.model.perSlot:
		return s.finish("length")
	}
	return nil
}

func (s *slot) finish(reason string) *event {
	last := event{answer: &answer{
		finishReason: reason,
		prompt:       len(s.req.prompt),
		cached:       s.cached,
		completion:   s.drawn,
	}}
	last.text = s.text.rest()
	last.answer.text = s.text.String()
	return &last
}
