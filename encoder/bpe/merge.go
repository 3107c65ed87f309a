package bpe

// pair is two tokens side by side.
type pair struct{ left, right int32 }

// merge is what a pair becomes, and how early that was learned.
type merge struct{ rank, id int32 }

// merger is the memory of merging one word: its symbols, a list, and a heap of
// the pairs that can be merged.
type merger struct {
	symbols    []symbol
	candidates []candidate
}

// symbol is a token of the word. One merged into its left neighbour has no next that leads to it.
type symbol struct {
	id         int32
	prev, next int32 // -1 at the ends
	gone       bool
}

// candidate is a pair to merge: the one learned first comes first, of equals the leftmost.
type candidate struct {
	rank, at int32 // at is the left symbol's place
	id       int32
}

func (c candidate) before(o candidate) bool {
	return c.rank < o.rank || c.rank == o.rank && c.at < o.at
}

// appendMerged appends the tokens of a word that is not one.
func (t *Tokenizer) appendMerged(dst []int32, word string) []int32 {
	m, _ := t.mergers.Get().(*merger)
	if m == nil {
		m = new(merger)
	}
	m.run(t, word)
	for i := int32(0); i >= 0; i = m.symbols[i].next {
		dst = append(dst, m.symbols[i].id)
	}
	t.mergers.Put(m)
	return dst
}

// run leaves the tokens of a word, which is not empty, in the list of symbols.
func (m *merger) run(t *Tokenizer, word string) {
	m.symbols, m.candidates = m.symbols[:0], m.candidates[:0]
	for i := range len(word) {
		m.symbols = append(m.symbols, symbol{id: t.bytes[word[i]], prev: int32(i - 1), next: int32(i + 1)})
	}
	m.symbols[len(word)-1].next = -1
	for i := range len(word) - 1 {
		m.offer(t, int32(i))
	}
	for len(m.candidates) > 0 {
		best := m.pop()
		left := &m.symbols[best.at]
		if left.gone || left.next < 0 {
			continue
		}
		right := &m.symbols[left.next]
		if to, ok := t.merges[pair{left.id, right.id}]; !ok || to.id != best.id {
			continue // one of the two has become another token since
		}
		left.id, left.next, right.gone = best.id, right.next, true
		if left.next >= 0 {
			m.symbols[left.next].prev = best.at
			m.offer(t, best.at)
		}
		if left.prev >= 0 {
			m.offer(t, left.prev)
		}
	}
}

// offer puts the pair of a symbol and its next on the heap, if it can be merged.
func (m *merger) offer(t *Tokenizer, at int32) {
	s := m.symbols[at]
	to, ok := t.merges[pair{s.id, m.symbols[s.next].id}]
	if !ok {
		return
	}
	heap := append(m.candidates, candidate{to.rank, at, to.id})
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !heap[i].before(heap[parent]) {
			break
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
	m.candidates = heap
}

// pop takes the first candidate off the heap.
func (m *merger) pop() candidate {
	heap := m.candidates
	best, last := heap[0], len(heap)-1
	heap[0], heap = heap[last], heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && heap[child+1].before(heap[child]) {
			child++
		}
		if child >= last || !heap[child].before(heap[i]) {
			break
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
	m.candidates = heap
	return best
}
