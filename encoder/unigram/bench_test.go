package unigram

import (
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
)

func BenchmarkEncode(b *testing.B) {
	tok, err := parse(b, subwords(b), nil)
	if err != nil {
		b.Fatal(err)
	}
	encodertest.BenchmarkTokenizer(b, tok.AppendEncode, "../../data/cranfield/corpus.jsonl")
}
