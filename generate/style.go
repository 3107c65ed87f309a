package generate

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/gradus-ir/gradus/collection"
)

// style asks as per-grade does, and shows some documents of the user's
// collection whose manner of writing is to be followed. They are drawn by the
// seed and the query alone, the same for all grades. A passage that takes
// their words is refused.
var style = strategy{name: "style", prompts: stylePrompts, examples: true, write: writeStyle}

var stylePrompts = mustPrompts("style.v1")

func writeStyle(ctx context.Context, t *task) ([]passage, error) {
	return writeEach(ctx, t, func(ctx context.Context, grade int) (call, error) {
		c, err := t.passageCall(ctx, stylePrompts, grade)
		c.data.Examples = t.examples
		return c, err
	})
}

const (
	mostExamples  = 256 // that a run draws from
	leastOfSample = 20  // words; shorter documents show no style
	mostOfSample  = 120 // words; more of one would only cost tokens
)

// DrawExamples draws documents to show as examples of style, each cut to its
// first sentences. Which ones they are depends on the seed and the order of
// the documents alone. The first error of the sequence is returned.
func DrawExamples(documents iter.Seq2[collection.Document, error], seed int64) ([]string, error) {
	random := rand.New(rand.NewPCG(draw(seed, "examples"), 0))
	var drawn []string
	seen := 0
	for document, err := range documents {
		if err != nil {
			return nil, err
		}
		text := example(document.Text)
		if text == "" {
			continue
		}
		seen++
		if len(drawn) < mostExamples {
			drawn = append(drawn, text)
		} else if i := random.IntN(seen); i < mostExamples {
			drawn[i] = text
		}
	}
	return drawn, nil
}

// example is the beginning of a document, "" if there is too little of it.
func example(text string) string {
	text = fit(spaceOnce(text), mostOfSample)
	if n := countWords(text); n < leastOfSample || n > 2*mostOfSample {
		return ""
	}
	return text
}

// drawExamples are k of the run's examples for one query.
func drawExamples(examples []string, k int, seed int64, queryID string) []string {
	var drawn []string
	for i := 0; len(drawn) < min(k, len(examples)); i++ {
		one := examples[draw(seed, "example", queryID, i)%uint64(len(examples))]
		if !slices.Contains(drawn, one) || i > 8*k { // equal documents may be all there are
			drawn = append(drawn, one)
		}
	}
	return drawn
}
