package embedded

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// sampling is how a request wants its tokens drawn.
//
// The zero temperature takes the likeliest token. Otherwise the tokens with at
// least minP of the likeliest one's probability are kept, of them the
// likeliest that together reach topP, and one is drawn.
type sampling struct {
	temperature float64
	topP        float64 // 1 keeps all
	minP        float64 // 0 keeps all
	seed        uint64
}

// faint is the share of the likeliest token's probability below which a token
// cannot change a float32 sum, so that leaving it out changes nothing.
const faint = 1.0 / (1 << 24)

// sampler draws one sequence's tokens. It has its own random numbers, so that
// what a request gets does not depend on the requests beside it, except through
// rounding: llama.cpp sums in another order for another batch, and where two
// tokens are all but equally likely this can turn the choice.
type sampler struct {
	sampling
	random  *rand.Rand
	grammar *grammar // nil for free text
	kept    []candidate
}

type candidate struct {
	token  llama.Token
	logit  float32
	weight float64 // probability, not normalised
}

func newSampler(s sampling, g *grammar) *sampler {
	return &sampler{sampling: s, random: rand.New(rand.NewPCG(s.seed, 0x6772616475730000)), grammar: g}
}

// draw picks the next token. With a grammar the draw is made first and checked
// after, which mostly succeeds and spares looking at the whole vocabulary; a
// second draw among what the grammar allows keeps the distribution exact.
// It returns false when the grammar allows nothing.
func (s *sampler) draw(logits []float32) (llama.Token, bool) {
	s.keep(logits)
	t := s.pick()
	if s.grammar == nil || s.grammar.allows(t) {
		return t, true
	}
	s.kept = s.grammar.filter(s.kept)
	if len(s.kept) == 0 {
		s.keepAllowed(logits)
	}
	if len(s.kept) == 0 {
		return 0, false
	}
	return s.pick(), true
}

// keep fills s.kept with the candidates that min-p leaves, likeliest first.
func (s *sampler) keep(logits []float32) {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	s.kept = append(s.kept[:0], candidate{llama.Token(best), logits[best], 1})
	if s.temperature == 0 {
		return
	}
	floor := logits[best] + float32(s.temperature*math.Log(max(s.minP, faint)))
	for i, l := range logits {
		if l >= floor && i != best {
			s.kept = append(s.kept, candidate{token: llama.Token(i), logit: l})
		}
	}
	s.weigh()
}

// keepAllowed does what keep does over only the tokens that the grammar allows.
func (s *sampler) keepAllowed(logits []float32) {
	s.kept = s.kept[:0]
	for i, l := range logits {
		s.kept = append(s.kept, candidate{token: llama.Token(i), logit: l})
	}
	s.kept = s.grammar.filter(s.kept)
	if len(s.kept) == 0 {
		return
	}
	best := slices.MaxFunc(s.kept, byLogit)
	if s.temperature == 0 {
		s.kept = append(s.kept[:0], best)
		return
	}
	floor := best.logit + float32(s.temperature*math.Log(max(s.minP, faint)))
	s.kept = slices.DeleteFunc(s.kept, func(c candidate) bool { return c.logit < floor })
	s.weigh()
}

// weigh gives the candidates their probabilities, orders them and cuts at top-p.
func (s *sampler) weigh() {
	slices.SortFunc(s.kept, func(a, b candidate) int {
		if c := byLogit(b, a); c != 0 {
			return c
		}
		return cmp.Compare(a.token, b.token)
	})
	sum := 0.0
	for i := range s.kept {
		s.kept[i].weight = math.Exp(float64(s.kept[i].logit-s.kept[0].logit) / s.temperature)
		sum += s.kept[i].weight
	}
	reached := 0.0
	for i := range s.kept {
		reached += s.kept[i].weight
		if reached >= s.topP*sum {
			s.kept = s.kept[:i+1]
			return
		}
	}
}

func (s *sampler) pick() llama.Token {
	if len(s.kept) == 1 {
		return s.kept[0].token
	}
	sum := 0.0
	for _, c := range s.kept {
		sum += c.weight
	}
	at := s.random.Float64() * sum
	for _, c := range s.kept {
		if at -= c.weight; at < 0 {
			return c.token
		}
	}
	return s.kept[0].token
}

func byLogit(a, b candidate) int { return cmp.Compare(a.logit, b.logit) }
