package unigram

import (
	"slices"
	"unicode/utf8"
)

// node is the likeliest way to a place in a word: its score, and the token that it ends with.
type node struct {
	score float64
	from  int32 // where that token begins; -1 while there is no way
	id    int32
}

// appendWord appends the tokens of a word whose scores have the highest sum.
// A character that is no token is unknown, and several in a row are one.
// Source: encode_optimized of SentencePiece and of the Rust library, whose order decides between equals.
func (t *Tokenizer) appendWord(dst []int32, word []byte, s *scratch) []int32 {
	best := slices.Grow(s.best[:0], len(word)+1)[:len(word)+1]
	s.best = best
	for i := range best {
		best[i] = node{from: -1}
	}
	for at := 0; at < len(word); {
		_, size := utf8.DecodeRune(word[at:])
		here, single := best[at].score, false
		to := func(end int, id int32, score float64) {
			if n := &best[end]; n.from < 0 || score > n.score {
				*n = node{score, int32(at), id}
			}
		}
		for n, end := uint32(rootNode), at; end < len(word); {
			if n = t.trie.child(n, word[end]); n == rootNode {
				break
			}
			end++
			if id := t.trie.ids[n]; id >= 0 {
				to(end, id, t.scores[id]+here)
				single = single || end-at == size
			}
		}
		if !single {
			to(at+size, t.unknown, t.unknownScore+here)
		}
		at += size
	}
	start := len(dst)
	for end := len(word); end > 0; end = int(best[end].from) {
		id := best[end].id
		if id == t.unknown && len(dst) > start && dst[len(dst)-1] == id {
			continue
		}
		dst = append(dst, id)
	}
	slices.Reverse(dst[start:])
	return dst
}
