package serve

import (
	"context"
	"strings"

	"github.com/gradus-ir/gradus/encoder"
)

// coldBatches are batches of all the sizes that a batcher's may have: XLA
// compiles a program for each shape when it first meets it, a good part of a
// second that a request would have to wait. Short texts, which queries are, come first.
func coldBatches(maxLength, budget int) [][]string {
	const step = 16 // lengths that are closer share a shape
	var batches [][]string
	for length := step; ; length += step {
		length = min(length, maxLength)
		text := strings.Repeat("a ", length-specialTokens)
		for n, most := 1, max(1, budget/length); ; n *= 2 {
			n = min(n, most)
			batches = append(batches, repeat(text, n))
			if n == most {
				break
			}
		}
		if length == maxLength {
			return batches
		}
	}
}

// specialTokens are those a tokenizer puts around a text.
const specialTokens = 2

func repeat(text string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = text
	}
	return texts
}

// warmUp encodes one of the cold batches. One that fails is no reason to
// refuse traffic: the requests that meet the same fault will say so.
func (b *batcher) warmUp(ctx context.Context) {
	b.encoder.Encode(ctx, b.cold[0], encoder.EncodeOptions{})
	if b.cold = b.cold[1:]; len(b.cold) == 0 {
		b.warm()
	}
}
