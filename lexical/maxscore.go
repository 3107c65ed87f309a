package lexical

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// bounded is a list and the most that it, and then that all before it too, can give a document of the window.
type bounded struct {
	*list
	bound int64
}

// scan offers the documents of a window, from first up to end, to best.
//
// The lists are put in the order of the highest scores that their blocks in
// the window can give. Those lists whose scores together cannot bring a
// document into the best are not gone through: a document in none of the
// others is passed over, and one that is in some is looked up in these only as long as it may enter.
// Source: H. Turtle, J. Flood, Query evaluation: strategies and optimizations,
// 1995 (MaxScore); S. Ding, T. Suel, Faster top-k document retrieval using
// block-max indexes, SIGIR 2011; Lucene's MaxScoreBulkScorer.
func (s *searcher) scan(first, end uint32) error {
	s.order = s.order[:0]
	for i := range s.lists {
		bound, err := s.windowBound(&s.lists[i], first, end)
		if err != nil {
			return err
		}
		if bound >= 0 {
			s.order = append(s.order, bounded{&s.lists[i], bound})
		}
	}
	slices.SortStableFunc(s.order, func(a, b bounded) int { return cmp.Compare(a.bound, b.bound) })
	sum, optional := int64(0), 0
	for i := range s.order {
		if sum += s.order[i].bound; sum <= s.pruned {
			optional++
		}
		s.order[i].bound = sum
	}
	if optional == len(s.order) {
		return nil
	}
	for _, l := range s.order[optional:] {
		if err := s.add(l.list, first, end); err != nil {
			return err
		}
	}
	for word, present := range s.present {
		if present == 0 {
			continue
		}
		s.present[word] = 0
		for ; present != 0; present &= present - 1 {
			place := word*64 + bits.TrailingZeros64(present)
			sum := s.sums[place]
			s.sums[place] = 0
			doc := first + uint32(place)
			for i := optional - 1; i >= 0 && sum+s.order[i].bound > s.pruned; i-- {
				more, err := s.lookUp(s.order[i].list, doc)
				if err != nil {
					return err
				}
				sum += more
			}
			if sum > s.pruned {
				if err := s.offer(doc, sum); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// add goes through a list's documents of the window.
func (s *searcher) add(l *list, first, end uint32) error {
	for l.moveTo(first) && l.before+1 < int64(end) {
		if err := l.load(); err != nil {
			return err
		}
		i := l.at
		for i < l.n && l.docs[i] < first {
			i++
		}
		for ; i < l.n && l.docs[i] < end; i++ {
			doc := l.docs[i]
			place := doc - first
			s.sums[place] += s.whole(score(l.weight, l.frequencies[i], s.x.norms[doc]))
			s.present[place/64] |= 1 << (place % 64)
		}
		l.at = i
		if i < l.n {
			return nil
		}
		l.before = int64(l.last)
		l.block++
		l.bound = -1
	}
	return nil
}

// lookUp is what a list gives a document; documents come in order.
func (s *searcher) lookUp(l *list, doc uint32) (int64, error) {
	if !l.moveTo(doc) || l.before >= int64(doc) {
		return 0, nil
	}
	if err := l.load(); err != nil {
		return 0, err
	}
	i := l.at
	for i < l.n && l.docs[i] < doc {
		i++
	}
	l.at = i
	if i == l.n || l.docs[i] != doc {
		return 0, nil
	}
	return s.whole(score(l.weight, l.frequencies[i], s.x.norms[doc])), nil
}

// offer gives a document to best, and learns from it what can be passed over.
func (s *searcher) offer(doc uint32, sum int64) error {
	if err := s.best.offer(hit{doc, s.score(sum)}); err != nil {
		return err
	}
	if worst, full := s.best.worst(); full {
		// A sum that comes to less as float32 cannot enter; one that comes to the same may, by its id.
		s.pruned = int64(math.Floor(float64(math.Nextafter32(worst, -1)) * s.scale))
	}
	return nil
}
