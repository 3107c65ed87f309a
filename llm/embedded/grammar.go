package embedded

import (
	"math"
	"runtime"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// grammar holds an answer to a GBNF grammar, through llama.cpp's own automaton.
//
// llama.cpp ends the process when it is told of a token that the grammar
// forbids: accept only what allows has said yes to.
type grammar struct {
	handle llama.Sampler
	data   []llama.TokenData
	array  llama.TokenDataArray
}

// newGrammar compiles source, whose first rule is root. It returns nil where
// llama.cpp cannot read it.
func newGrammar(vocab llama.Vocab, source string) *grammar {
	handle := llama.SamplerInitGrammar(vocab, source, "root")
	if handle == 0 {
		return nil
	}
	return &grammar{handle: handle}
}

func (g *grammar) free() { llama.SamplerFree(g.handle) }

func (g *grammar) allows(t llama.Token) bool {
	return len(g.filter([]candidate{{token: t}})) == 1
}

// filter keeps the candidates that may come next, in their order, in place.
func (g *grammar) filter(candidates []candidate) []candidate {
	if len(candidates) == 0 {
		return candidates
	}
	g.data = g.data[:0]
	for _, c := range candidates {
		g.data = append(g.data, llama.TokenData{Id: c.token})
	}
	g.array = llama.TokenDataArray{Data: &g.data[0], Size: uint64(len(g.data)), Selected: -1}
	llama.SamplerApply(g.handle, &g.array)
	runtime.KeepAlive(g)
	kept := candidates[:0]
	for i, c := range candidates {
		if !math.IsInf(float64(g.data[i].Logit), -1) {
			kept = append(kept, c)
		}
	}
	return kept
}

func (g *grammar) accept(t llama.Token) { llama.SamplerAccept(g.handle, t) }

// complete says whether the answer may end here. Our grammars end where their
// last bracket closes, so nothing else may follow then.
func (g *grammar) complete(end llama.Token) bool { return g.allows(end) }
