package generate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Lengths of passages, in words. All grades of a query are asked for the same
// length, so that length tells nothing about the grade.
const (
	leastWords = 50
	mostWords  = 110
)

// draw is a number that depends on the run's seed and on what it is for, and
// on nothing else: not on the order in which things happen.
func draw(seed int64, purpose ...any) uint64 {
	hash := sha256.New()
	fmt.Fprintf(hash, "%d", seed)
	for _, part := range purpose {
		fmt.Fprintf(hash, "\x00%v", part)
	}
	return binary.LittleEndian.Uint64(hash.Sum(nil))
}

// drawWords is the length of a query's passages, a multiple of 5.
func drawWords(seed int64, queryID string) int {
	steps := uint64(mostWords-leastWords)/5 + 1
	return leastWords + 5*int(draw(seed, "words", queryID)%steps)
}

// drawSeed is the model's seed for one attempt, in the range every server takes.
func drawSeed(seed int64, k key) int64 {
	return int64(draw(seed, "seed", k.Query, k.Step, k.Attempt) >> 33)
}
