package wordpiece

import "slices"

// trieBuilder lays the edges of a trie into the double array.
type trieBuilder struct {
	trie
	usedBase []bool
	// Where the search for a place begins, for nodes of one edge and of several.
	firstNarrow, firstWide uint32
}

const searchCells = 64

func newTrieBuilder() *trieBuilder {
	b := &trieBuilder{firstNarrow: freeBase, firstWide: freeBase}
	b.grow(2 * freeBase)
	b.final[deadNode] = noTokens
	b.fail[rootNode], b.fail[restNode], b.fail[deadNode] = deadNode, deadNode, deadNode
	return b
}

// grow makes room for cells below size.
func (b *trieBuilder) grow(size int) {
	for len(b.cells) < size {
		b.cells = append(b.cells, noEdge)
		b.fail = append(b.fail, deadNode)
		b.pops = append(b.pops, noTokens)
		b.final = append(b.final, noTokens)
		b.usedBase = append(b.usedBase, false)
	}
}

// lay gives a node its edges and returns the nodes they lead to.
func (b *trieBuilder) lay(at pending) ([]pending, error) {
	lo := at.lo
	if lo < at.hi && len(at.from[lo].text) == at.depth {
		lo++ // the node's own token
	}
	var labels []byte
	var children []pending
	for lo < at.hi {
		label := at.from[lo].text[at.depth]
		hi := lo + 1
		for hi < at.hi && at.from[hi].text[at.depth] == label {
			hi++
		}
		labels = append(labels, label)
		children = append(children, pending{at.from, lo, hi, at.depth + 1, 0})
		lo = hi
	}
	if len(labels) == 0 {
		return nil, nil
	}
	base := b.findBase(labels)
	if base > maxBase {
		return nil, errVocabularyTooLarge
	}
	b.usedBase[base] = true
	b.cells[at.node] = cell(base)<<8 | cell(b.cells[at.node].label())
	for i, label := range labels {
		node := base + uint32(label)
		children[i].node = node
		b.cells[node] = cell(label)
		b.link(at.node, node, label, children[i])
	}
	return children, nil
}

// findBase finds an unused base whose cells for these labels are free. It
// looks at searchCells cells from where the last search for as many labels, one
// or several, began, and beyond them leaves those behind for good: the last
// free cells of a full stretch are not worth the time.
func (b *trieBuilder) findBase(labels []byte) uint32 {
	first := &b.firstNarrow
	if len(labels) > 1 {
		first = &b.firstWide
	}
	for b.cells[*first] != noEdge {
		*first++
	}
	for c := *first; ; c++ {
		base := c - uint32(labels[0])
		b.grow(int(base) + 2*pageSize)
		if c-*first == searchCells {
			*first = c
		}
		if b.cells[c] != noEdge || base == 0 || b.usedBase[base] {
			continue
		}
		if !slices.ContainsFunc(labels[1:], func(l byte) bool { return b.cells[base+uint32(l)] != noEdge }) {
			return base
		}
	}
}

// link computes the failure and the tokens of a new node.
func (b *trieBuilder) link(parent, node uint32, label byte, p pending) {
	if t := p.from[p.lo]; len(t.text) == p.depth {
		b.fail[node], b.pops[node], b.final[node] = restNode, tokens(t.id), tokens(t.id)
		return
	}
	pops := b.ids(b.pops[parent])
	at := b.fail[parent]
	for at != deadNode {
		if next, ok := b.child(at, label); ok {
			b.fail[node], b.pops[node] = next, b.store(pops)
			if rest := b.final[next]; rest != noTokens {
				b.final[node] = b.store(append(pops, b.ids(rest)...))
			}
			return
		}
		pops = append(pops, b.ids(b.pops[at])...)
		at = b.fail[at]
	}
}

// ids returns a list in memory of its own.
func (b *trieBuilder) ids(l tokens) []int32 {
	switch {
	case l >= 0:
		return []int32{int32(l)}
	case l == noTokens:
		return nil
	}
	return slices.Clone(b.list(l))
}

func (b *trieBuilder) store(ids []int32) tokens {
	switch len(ids) {
	case 0:
		return noTokens
	case 1:
		return tokens(ids[0])
	}
	l := -2 - tokens(len(b.lists))
	b.lists = append(append(b.lists, int32(len(ids))), ids...)
	return l
}

func (b *trieBuilder) finish() *trie {
	t := b.trie
	return &t
}
