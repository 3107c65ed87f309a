package lexical

import (
	"bytes"
	"slices"
)

type hit struct {
	doc   uint32
	score float32
}

// best keeps the k best hits it is offered, in a heap whose root is the worst
// of them. The order is total: score descending, then document id descending.
type best struct {
	x    *Index
	k    int
	hits []hit
	err  error // of reading an id
}

// worst is the score of the worst of k hits; full is false as long as there are fewer.
func (b *best) worst() (score float32, full bool) {
	if len(b.hits) < b.k {
		return 0, false
	}
	return b.hits[0].score, true
}

func (b *best) offer(h hit) error {
	switch {
	case len(b.hits) < b.k:
		b.hits = append(b.hits, h)
		if len(b.hits) == b.k {
			for i := b.k / 2; i >= 0; i-- {
				b.down(i)
			}
		}
	case b.worse(b.hits[0], h):
		b.hits[0] = h
		b.down(0)
	}
	return b.err
}

// worse tells whether p comes after q.
func (b *best) worse(p, q hit) bool {
	if p.score != q.score {
		return p.score < q.score
	}
	return b.tied(p, q)
}

// tied is worse for equal scores.
func (b *best) tied(p, q hit) bool { return bytes.Compare(b.id(p.doc), b.id(q.doc)) < 0 }

func (b *best) id(doc uint32) []byte {
	id, err := b.x.id(doc)
	if err != nil {
		b.err = err
	}
	return id
}

func (b *best) down(i int) {
	hits := b.hits
	h := hits[i]
	for {
		child := 2*i + 1
		if child >= len(hits) {
			break
		}
		if right := child + 1; right < len(hits) && b.worse(hits[right], hits[child]) {
			child = right
		}
		if !b.worse(hits[child], h) {
			break
		}
		hits[i] = hits[child]
		i = child
	}
	hits[i] = h
}

// sorted are the hits, best first.
func (b *best) sorted() ([]Hit, error) {
	slices.SortFunc(b.hits, func(p, q hit) int {
		switch {
		case b.worse(q, p):
			return -1
		case b.worse(p, q):
			return 1
		}
		return 0
	})
	var joined []byte // one string for all ids
	for _, h := range b.hits {
		joined = append(joined, b.id(h.doc)...)
	}
	ids := string(joined)
	found := make([]Hit, len(b.hits))
	for i, h := range b.hits {
		n := len(b.id(h.doc))
		found[i] = Hit{ids[:n], float64(h.score)}
		ids = ids[n:]
	}
	return found, b.err
}
