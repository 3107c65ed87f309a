package generate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Lengths of passages, in words.
const (
	leastWords = 50
	mostWords  = 110
)

// manner is how the passages of a query are to be written. It is drawn for the
// query and is the same for all its grades, so that it tells nothing about them.
type manner struct {
	Words    int
	Genre    string // "an encyclopedia paragraph"
	Reader   string // " for experts", "" for anybody
	Language string // as the prompt names it; "" for English, which the prompt is in
	language string // of the passages, as detectLanguage names it; "" if not known
}

var (
	genres  = []string{"a paragraph", "a textbook paragraph", "an encyclopedia paragraph", "a magazine paragraph", "a report paragraph", "a lecture paragraph"}
	readers = []string{"", " for beginners", " for experts"}
)

func drawManner(seed int64, queryID, language string, named string) manner {
	return manner{
		Words:    drawWords(seed, queryID),
		Genre:    genres[draw(seed, "genre", queryID)%uint64(len(genres))],
		Reader:   readers[draw(seed, "reader", queryID)%uint64(len(readers))],
		Language: named, language: language,
	}
}

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
