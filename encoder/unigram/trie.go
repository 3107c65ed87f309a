package unigram

import (
	"bytes"
	"maps"
	"slices"
)

// rootNode is where every token begins; no edge leads to it.
const rootNode = 0

// trie finds the tokens that a text begins with. Its nodes are numbered breadth
// first, so that a node's children lie side by side: those of node n are the
// nodes 1+first[n] to first[n+1], and labels has the bytes of the edges to them.
type trie struct {
	first  []uint32
	labels []byte
	ids    []int32 // the token that ends in a node, or -1
}

// child returns the node that a byte leads to, rootNode if there is none.
func (t *trie) child(n uint32, b byte) uint32 {
	from := t.first[n]
	i := bytes.IndexByte(t.labels[from:t.first[n+1]], b)
	if i < 0 {
		return rootNode
	}
	return 1 + from + uint32(i)
}

// newTrie builds the trie of tokens with their ids; an empty one is left out.
func newTrie(tokens map[string]int32) *trie {
	texts := slices.Sorted(maps.Keys(tokens))
	if len(texts) > 0 && texts[0] == "" {
		texts = texts[1:]
	}
	t := &trie{ids: []int32{-1}}
	type span struct{ lo, hi, depth int } // the texts of a node, which share their first depth bytes
	for queue := []span{{0, len(texts), 0}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		t.first = append(t.first, uint32(len(t.labels)))
		lo := at.lo
		if lo < at.hi && len(texts[lo]) == at.depth {
			lo++ // the node's own
		}
		for lo < at.hi {
			label := texts[lo][at.depth]
			hi := lo + 1
			for hi < at.hi && texts[hi][at.depth] == label {
				hi++
			}
			id := int32(-1)
			if len(texts[lo]) == at.depth+1 {
				id = tokens[texts[lo]]
			}
			t.labels, t.ids = append(t.labels, label), append(t.ids, id)
			queue = append(queue, span{lo, hi, at.depth + 1})
			lo = hi
		}
	}
	t.first = append(t.first, uint32(len(t.labels)))
	return t
}
