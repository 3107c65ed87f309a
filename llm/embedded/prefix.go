package embedded

import "github.com/hybridgroup/yzma/pkg/llama"

// worthCopying is how many more tokens a neighbour's prompt must spare than
// the slot's own cells before it is copied, or waited for if unfinished.
const worthCopying = 16

// choose picks the idle slot for a prompt: the one that begins alike for
// longest, of equals the first, because llama.cpp evaluates neighbouring
// sequences together. There is one.
func (e *engine) choose(prompt []llama.Token) *slot {
	var best *slot
	bestShared := 0
	for _, s := range e.slots {
		if !s.idle() {
			continue
		}
		shared := e.shared(prompt, s.cells)
		if best == nil || shared > bestShared {
			best, bestShared = s, shared
		}
	}
	return best
}

// plant gives a slot the longest beginning of its prompt that any sequence has
// evaluated. Where a neighbour is just reading a prompt that shares more, the
// slot waits for it: the prefix common to a run's requests is evaluated once.
func (e *engine) plant(s *slot) {
	prompt := s.req.prompt
	own := e.shared(prompt, s.cells)
	source, ready := s, own
	var ahead *slot
	coming := 0
	for _, o := range e.slots {
		if n := e.shared(prompt, o.cells); n > max(ready, own+worthCopying-1) {
			source, ready = o, n
		}
		if o != s && !o.idle() && o.order < s.order && !o.generating() {
			if n := e.shared(prompt, o.req.prompt); n > coming {
				ahead, coming = o, n
			}
		}
	}
	if coming >= ready+worthCopying {
		s.after, s.afterReq, s.wanted = ahead, ahead.req, coming
		return
	}
	s.after, s.afterReq = nil, nil
	if source == s {
		e.cut(s, own)
	} else {
		// llama.cpp copies between sequences only as a whole.
		llama.MemorySeqCp(e.model.memory, source.id, s.id, -1, -1)
		s.cells = append(s.cells[:0], source.cells...)
		e.cut(s, ready)
	}
	s.cached = ready
	e.count.PromptCached.Add(int64(ready))
}

// settleWaiting plants the slots whose neighbour has read far enough, or has
// left without.
func (e *engine) settleWaiting() {
	for _, s := range e.slots {
		if s.waiting() && (s.after.req != s.afterReq || len(s.after.cells) >= s.wanted) {
			e.plant(s)
		}
	}
}

// shared is how many tokens of a prompt cells spare. The last token of a
// prompt is always evaluated: its logits begin the answer.
func (e *engine) shared(prompt, cells []llama.Token) int {
	if !e.model.canReplant {
		return 0
	}
	n := 0
	for n < len(prompt)-1 && n < len(cells) && prompt[n] == cells[n] {
		n++
	}
	return n
}

// cut forgets all of a slot's cells but the first n.
func (e *engine) cut(s *slot, n int) {
	llama.MemorySeqRm(e.model.memory, s.id, llama.Pos(n), -1)
	s.cells = s.cells[:n]
}
