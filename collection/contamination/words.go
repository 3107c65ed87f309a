package contamination

import (
	"strings"
	"unicode"

	"github.com/gradus-ir/gradus/internal/minhash"
)

// words are the runs of letters and digits of a text in lower case; in scripts
// that have no spaces between words each letter stands for one.
func words(text string) []string {
	text = strings.ToLower(text)
	var all []string
	start := -1
	for i, r := range text {
		inWord := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		alone := inWord && r > 0x0e00 && unicode.In(r, unspaced...)
		if start >= 0 && (!inWord || alone) {
			all = append(all, text[start:i])
			start = -1
		}
		switch {
		case alone:
			all = append(all, string(r))
		case inWord && start < 0:
			start = i
		}
	}
	if start >= 0 {
		all = append(all, text[start:])
	}
	return all
}

var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// runLength is that of the runs of words by which texts are compared.
const runLength = 3

// runs are the hashes of a text's runs of words, of one shorter run where there are fewer.
func runs(words []string) []uint64 {
	if len(words) == 0 {
		return nil
	}
	hashes := make([]uint64, 0, max(1, len(words)-runLength+1))
	for i := 0; i == 0 || i+runLength <= len(words); i++ {
		hashes = append(hashes, minhash.Hash(strings.Join(words[i:min(i+runLength, len(words))], " ")))
	}
	return hashes
}

// same is the hash of all words, in their order.
func same(words []string) uint64 { return minhash.Hash(strings.Join(words, " ")) }
