package wordpiece

import (
	"errors"
	"slices"
	"strings"
)

// Nodes with a fixed place in every trie.
const (
	rootNode = 0   // start of a word
	restNode = 1   // inside a word, after a token
	deadNode = 2   // no tokens make this word
	freeBase = 256 // lowest cell that edges may take: those below are no edge's
)

// noEdge fills the label of a cell that no edge leads to; in no UTF-8 text.
const noEdge = 0xFF

// cell is a node of the trie, named by its index in the double array: the low
// 8 bits are the byte of the edge that leads to it, the others its base. The
// edge by byte b of a node of base n leads to cell n+b if that has label b;
// bases are unique, so no parent need be stored. Base 0 has no edges.
type cell uint32

const maxBase = 1<<24 - 256

func (c cell) label() byte  { return byte(c) }
func (c cell) base() uint32 { return uint32(c >> 8) }

// trie matches a word greedily, longest token first, reading each byte once:
// the LinMaxMatch of Song et al., "Fast WordPiece Tokenization" (EMNLP 2021).
// It is two tries in one array: whole tokens hang from rootNode, continuing
// ones, their prefix gone, from restNode.
type trie struct {
	cells []cell
	// fail is the node to go on from where a node has no edge for the next byte,
	// after its pops; deadNode if none can be.
	fail []uint32
	pops []tokens
	// final is what a word that ends in a node comes to, noTokens if it can be nothing.
	final []tokens
	// lists holds the token lists that are longer than one: length, then ids.
	lists []int32
}

// tokens is a list of ids: itself if ≥ 0, else lists[-2-t], else none.
type tokens int32

const noTokens tokens = -1

func (t *trie) list(l tokens) []int32 {
	n := t.lists[-2-l]
	return t.lists[-1-l : -1-l+tokens(n)]
}

var errVocabularyTooLarge = errors.New("vocabulary too large: want less than 16 MB of distinct prefixes")

// child returns the node that byte b leads to.
func (t *trie) child(node uint32, b byte) (uint32, bool) {
	next := t.cells[node].base() + uint32(b)
	return next, t.cells[next].label() == b
}

// token is a key of the trie with the id it stands for.
type token struct {
	text string
	id   int32
}

// pending is a node whose edges are still to be laid: the tokens [lo, hi) share its first depth bytes.
type pending struct {
	from   []token
	lo, hi int
	depth  int
	node   uint32
}

// newTrie builds the matcher of a vocabulary: whole tokens start a word, rest ones continue it.
// Texts are UTF-8 and not empty, ids not negative, no text twice in a list.
func newTrie(whole, rest []token) (*trie, error) {
	for _, list := range [][]token{whole, rest} {
		slices.SortFunc(list, func(a, b token) int {
			return strings.Compare(a.text, b.text)
		})
	}
	b := newTrieBuilder()
	queue := []pending{
		{from: whole, hi: len(whole), node: rootNode},
		{from: rest, hi: len(rest), node: restNode},
	}
	// Breadth first, both tries at once: a node's failure lies nearer to a root, so it is there when it is asked for.
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		children, err := b.lay(at)
		if err != nil {
			return nil, err
		}
		queue = append(queue, children...)
	}
	return b.finish(), nil
}
