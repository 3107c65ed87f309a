package lexical

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Hit is a document found and its score, as float32 arithmetic has it.
type Hit struct {
	DocID string
	Score float64
}

// Search finds, for each query, the k documents of the highest scores,
// exactly: by score, ties by document id descending, which is the order of
// trec.Compare. Documents without any of the query's terms are not found, so
// that a list may be shorter than k; a query without terms has an empty one.
// All cores work on it; the result does not depend on how many there are.
func (x *Index) Search(ctx context.Context, queries []string, k int) ([][]Hit, error) {
	if k < 1 {
		return nil, fmt.Errorf("bm25: want a depth of at least 1, got %d", k)
	}
	found := make([][]Hit, len(queries))
	workers := make([]error, min(runtime.GOMAXPROCS(0), len(queries)))
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			s := newSearcher(x)
			for ctx.Err() == nil && workers[w] == nil {
				i := int(next.Add(1) - 1)
				if i >= len(queries) {
					return
				}
				found[i], workers[w] = s.search(queries[i], k)
			}
		})
	}
	wait.Wait()
	for _, err := range append(workers, ctx.Err()) {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// searcher answers one query at a time. Scores are added as whole numbers,
// multiples of 1/scale: then a sum is the same in whatever order its terms
// come, ties are ties, and a bound on a sum is a bound.
type searcher struct {
	x      *Index
	lists  []list
	scale  float64
	best   best
	pruned int64 // no sum up to this can enter best

	// of the window at hand
	sums    [window]int64
	present [window / 64]uint64
	order   []bounded // lists with a document in it
}

// window is how many documents are looked at together.
const window = 8192

func newSearcher(x *Index) *searcher { return &searcher{x: x, best: best{x: x}} }

func (s *searcher) search(query string, k int) ([]Hit, error) {
	if err := s.begin(query); err != nil {
		return nil, err
	}
	s.best.k, s.best.hits, s.pruned = min(k, s.x.Len()), s.best.hits[:0], -1
	for first := 0; first < s.x.Len() && len(s.lists) > 0; first += window {
		if err := s.scan(uint32(first), uint32(min(first+window, s.x.Len()))); err != nil {
			return nil, err
		}
	}
	return s.best.sorted()
}

// begin opens the lists of the query's terms.
func (s *searcher) begin(query string) error {
	s.lists = s.lists[:0]
	total := 0.0
	occurrences := make(map[string]int)
	tokens := Tokens(query)
	for _, token := range tokens {
		occurrences[token]++
	}
	for _, token := range slices.Compact(slices.Sorted(slices.Values(tokens))) {
		number, ok, err := s.x.find(token)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		s.lists = append(s.lists, list{before: -1, bound: -1})
		l := &s.lists[len(s.lists)-1]
		if err := s.x.open(l, number); err != nil {
			return err
		}
		l.weight = float32(occurrences[token]) * idf(l.count, s.x.occupied)
		total += float64(l.weight)
	}
	_, exponent := math.Frexp(total)
	s.scale = math.Ldexp(1, 61-exponent) // all sums stay below 2^61
	return nil
}

func (s *searcher) whole(score float32) int64 { return int64(float64(score) * s.scale) }

func (s *searcher) score(sum int64) float32 { return float32(float64(sum) / s.scale) }

// blockBound is the highest score of the list's block.
func (s *searcher) blockBound(l *list, block int) (int64, error) {
	data, err := l.blockBytes(block)
	if err != nil {
		return 0, err
	}
	highest := float32(0)
	_, err = impacts(data, func(i impact) {
		highest = max(highest, score(l.weight, i.frequency, s.x.norm(i.length)))
	})
	if err != nil {
		return 0, l.damaged(l.start, "block %d: %w", block, err)
	}
	return s.whole(highest), nil
}

// windowBound is a bound of what the list gives a document of the window; -1 where it has none there.
func (s *searcher) windowBound(l *list, first, end uint32) (int64, error) {
	if !l.moveTo(first) || l.before+1 >= int64(end) {
		return -1, nil
	}
	if l.bound < 0 {
		bound, err := s.blockBound(l, l.block)
		if err != nil {
			return 0, err
		}
		l.bound = bound
	}
	highest := l.bound
	before := l.last
	for block := l.block + 1; block < l.blocks() && before+1 < end; block++ {
		bound, err := s.blockBound(l, block)
		if err != nil {
			return 0, err
		}
		highest = max(highest, bound)
		before, _ = l.record(block)
	}
	return highest, nil
}
