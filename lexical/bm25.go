package lexical

import (
	"fmt"
	"math"
	"math/bits"
)

// Parameters are those of BM25.
type Parameters struct {
	K1 float64 // how slowly repetition of a term saturates, at least 0
	B  float64 // how much a document's length counts, 0 to 1
	// ExactLengths counts documents' lengths as they are. Lucene, and so
	// Anserini, keeps a length in one byte: exact up to 40 tokens, beyond that
	// rounded down to 4 significant bits.
	ExactLengths bool
}

// Default are Anserini's parameters.
var Default = Parameters{K1: 0.9, B: 0.4}

// Check is an error where BM25 has no such parameters.
func (p Parameters) Check() error {
	if !(p.K1 >= 0) || math.IsInf(p.K1, 0) {
		return fmt.Errorf("bm25: want a finite k1 of at least 0, got %v", p.K1)
	}
	if !(p.B >= 0 && p.B <= 1) {
		return fmt.Errorf("bm25: want a b from 0 to 1, got %v", p.B)
	}
	return nil
}

// idf is Lucene's inverse document frequency of a term that is in df of n documents.
func idf(df, n int) float32 {
	return float32(math.Log(1 + (float64(n-df)+0.5)/(float64(df)+0.5)))
}

// norm is what a frequency is multiplied with for a document's length:
// 1 / (k1·((1-b) + b·length/average)). Like score it rounds where Lucene rounds.
// Source: BM25Similarity.java of Lucene 9.
func (p Parameters) norm(length uint32, average float32) float32 {
	if !p.ExactLengths {
		length = byteLength(length)
	}
	k1, b := float32(p.K1), float32(p.B)
	relative := float32(b*float32(length)) / average
	return 1 / float32(k1*float32((1-b)+relative))
}

// score is what a term gives a document it is in so often; it grows with
// frequency and norm and stays below weight. Lucene 8 and later leave out the factor k1+1.
func score(weight float32, frequency uint32, norm float32) float32 {
	return weight - weight/(1+float32(float32(frequency)*norm))
}

// byteLength is a length as it comes back from Lucene's one byte.
// Source: SmallFloat.java, intToByte4 and byte4ToInt.
func byteLength(length uint32) uint32 {
	const exact = 24 // byte values that stand for themselves
	if length < exact {
		return length
	}
	rest := length - exact
	if drop := bits.Len32(rest) - 4; drop > 0 {
		rest = rest >> drop << drop
	}
	return exact + rest
}
