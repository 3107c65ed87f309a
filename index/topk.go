package index

import (
	"cmp"
	"slices"
	"strings"
)

// hit is a row and its score.
type hit struct {
	row   int
	score float32
}

// best keeps the k best hits it is offered, in a heap whose root is the worst
// of them. The order is total, so what is kept does not depend on the order of
// offers: score descending, then document id descending, as trec.Compare and
// trec_eval have it.
type best struct {
	k    int
	ids  []string
	hits []hit
}

// offer takes the scores of the rows from first on.
func (b *best) offer(first int, scores []float32) {
	for i, score := range scores {
		if len(b.hits) == b.k && score < b.hits[0].score {
			continue // nearly every row ends here
		}
		b.add(hit{first + i, score})
	}
}

func (b *best) add(h hit) {
	if len(b.hits) < b.k {
		b.hits = append(b.hits, h)
		b.up(len(b.hits) - 1)
		return
	}
	if b.compare(h, b.hits[0]) < 0 {
		b.hits[0] = h
		b.down(0)
	}
}

// compare is negative where x is the better.
func (b *best) compare(x, y hit) int {
	if c := cmp.Compare(y.score, x.score); c != 0 {
		return c
	}
	return strings.Compare(b.ids[y.row], b.ids[x.row])
}

func (b *best) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if b.compare(b.hits[i], b.hits[parent]) <= 0 {
			return
		}
		b.hits[i], b.hits[parent] = b.hits[parent], b.hits[i]
		i = parent
	}
}

func (b *best) down(i int) {
	for {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(b.hits); child++ {
			if b.compare(b.hits[child], b.hits[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		b.hits[i], b.hits[worst] = b.hits[worst], b.hits[i]
		i = worst
	}
}

// sorted are the hits, best first. The heap is spent.
func (b *best) sorted() []hit {
	slices.SortFunc(b.hits, b.compare)
	return b.hits
}
