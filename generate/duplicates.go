package generate

import (
	"slices"

	"github.com/gradus-ir/gradus/internal/minhash"
)

// reasonDuplicate is why a document is left out that an earlier query's is much like.
const reasonDuplicate = "near-duplicate of an earlier document"

// Near-duplicates share most of their three-word runs.
const (
	duplicateRun = 3   // words
	mostAlike    = 0.6 // Jaccard index
)

// dropDuplicates removes documents that are much like one of an earlier query,
// or of the same query before them, and returns how many. It goes by the order
// of the queries, so the order in which answers came is no matter.
func dropDuplicates(lists [][]passage) int64 {
	var texts []string
	for _, list := range lists {
		for _, p := range list {
			texts = append(texts, p.text)
		}
	}
	copies := duplicates(texts)
	var dropped int64
	next := 0
	for i := range lists {
		lists[i] = slices.DeleteFunc(lists[i], func(passage) bool {
			drop := copies[next]
			next++
			if drop {
				dropped++
			}
			return drop
		})
	}
	return dropped
}

// duplicates tells which of the texts are much like one before them that stays.
func duplicates(texts []string) []bool {
	signatures := make([]minhash.Signature, len(texts))
	for i, text := range texts {
		signatures[i] = minhash.Of(minhash.Hashes(shingles(text, duplicateRun)))
	}
	dropped := make([]bool, len(texts))
	for _, pair := range minhash.Pairs(signatures) {
		if !dropped[pair.Later] && !dropped[pair.Earlier] && jaccard(texts[pair.Earlier], texts[pair.Later]) >= mostAlike {
			dropped[pair.Later] = true
		}
	}
	return dropped
}

// jaccard is the share of their runs of words that two texts have in common.
func jaccard(a, b string) float64 {
	return minhash.Jaccard(minhash.Hashes(shingles(a, duplicateRun)), minhash.Hashes(shingles(b, duplicateRun)))
}
