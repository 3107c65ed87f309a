package mine

import (
	"fmt"
	"math"

	"github.com/gradus-ir/gradus/trec"
)

// Margin is how far a negative's score must be below the positive's: by Points
// and by Percent of the positive's score, whichever is more. The zero Margin is
// none in the run that is mined; a cross-check's is that the score is not above.
// Source: NV-Retriever (arXiv 2407.15831), section 4.1: TopK-MarginPos and TopK-PercPos.
type Margin struct {
	Points  float64
	Percent float64
}

func (m Margin) none() bool { return m == Margin{} }

// Check is an error where a margin is none.
func (m Margin) Check() error {
	if !(m.Points >= 0) || math.IsInf(m.Points, 0) || !(m.Percent >= 0 && m.Percent <= 100) {
		return fmt.Errorf("mine: want a margin of 0 or more points and 0 to 100 percent, got %v and %v", m.Points, m.Percent)
	}
	return nil
}

// bound is up to where a ranking has scores that are low enough.
type bound struct {
	scores map[string]float64
	most   float64
}

// newBound takes the positive the ranking has lowest. A ranking without any has
// them all below its end, and so no document low enough.
func newBound(ranking []trec.Scored, positive map[string]bool, margin Margin) bound {
	b := bound{make(map[string]float64, len(ranking)), math.Inf(1)}
	for _, doc := range ranking {
		b.scores[doc.DocID] = doc.Score
		if positive[doc.DocID] {
			b.most = min(b.most, doc.Score)
		}
	}
	if math.IsInf(b.most, 1) {
		b.most = math.Inf(-1)
		return b
	}
	b.most -= max(margin.Points, math.Abs(b.most)*margin.Percent/100)
	return b
}

// admits tells whether a document's score is low enough. One that the ranking does not have is below its end.
func (b bound) admits(doc string) bool {
	score, ranked := b.scores[doc]
	return !ranked || score <= b.most
}
