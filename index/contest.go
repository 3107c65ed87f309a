package index

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

var lowest = float32(math.Inf(-1))

// candidate is a row that may be among the best.
type candidate struct {
	row       int32
	low, high float32 // the estimate less and plus its error
	score     float32 // where it is exact
	exact     bool
}

const candidateSize = 20

// contest keeps the rows that may be among the k best of a query. The order is
// total, so what wins does not depend on the order of offers: by score, then
// by document id descending, as trec.Compare and trec_eval have it.
type contest struct {
	v     *Vectors
	query query
	k     int
	floor float32 // k rows have low at or above it: one whose high is below cannot win
	kept  []candidate
}

// ahead is how many rows are asked of memory before they are needed.
const ahead = 8

// contestRoom is how many candidates a contest holds at most.
func contestRoom(k int) int { return 8*k + 512 }

// offer takes a row with its estimate and error.
func (c *contest) offer(row int, estimate, err float32, s *scratch) error {
	high := estimate + err
	if high < c.floor {
		return nil
	}
	if c.kept == nil {
		c.kept = make([]candidate, 0, contestRoom(c.k))
	}
	c.kept = append(c.kept, candidate{row: int32(row), low: estimate - err, high: high})
	if len(c.kept) < cap(c.kept) {
		return nil
	}
	c.prune(s)
	if len(c.kept) > cap(c.kept)*3/4 { // too many are too near to each other
		return c.settle(s)
	}
	return nil
}

// prune raises the floor to the k-th greatest low, and leaves out who is below.
func (c *contest) prune(s *scratch) {
	if len(c.kept) < c.k {
		return
	}
	s.lows = s.lows[:0]
	for _, candidate := range c.kept {
		s.lows = append(s.lows, candidate.low)
	}
	c.floor = max(c.floor, greatest(s.lows, c.k))
	c.kept = slices.DeleteFunc(c.kept, func(x candidate) bool { return x.high < c.floor })
}

// settle scores the candidates exactly and keeps the k best, best first: at
// first those whose low is at the floor, which raises it and spares others.
func (c *contest) settle(s *scratch) error {
	if err := c.score(func(x candidate) bool { return x.low >= c.floor }, s); err != nil {
		return err
	}
	c.prune(s)
	if err := c.score(func(candidate) bool { return true }, s); err != nil {
		return err
	}
	slices.SortFunc(c.kept, func(x, y candidate) int {
		if order := cmp.Compare(y.score, x.score); order != 0 {
			return order
		}
		return bytes.Compare(c.v.id(int(y.row)), c.v.id(int(x.row)))
	})
	c.kept = c.kept[:min(c.k, len(c.kept))]
	c.prune(s)
	return nil
}

// score scores the candidates that are chosen. Their rows lie anywhere, so
// that each waits for memory: they are asked for some rows ahead.
func (c *contest) score(chosen func(candidate) bool, s *scratch) error {
	for i := range c.kept {
		if next := i + ahead; c.v.rows != nil && next < len(c.kept) && !c.kept[next].exact && chosen(c.kept[next]) {
			c.v.prefetchRow(int(c.kept[next].row))
		}
		x := &c.kept[i]
		if x.exact || !chosen(*x) {
			continue
		}
		score, estimated, err := c.v.score(c.query, int(x.row), s)
		if err != nil {
			return err
		}
		within := sumError(c.v.Similarity, 1, c.query.length, float64(c.v.bound(int(x.row)).length))
		x.score, x.exact = score, true
		x.low, x.high = float32(estimated)-within, float32(estimated)+within
	}
	return nil
}

// ranking are the k best.
func (c *contest) ranking(s *scratch) ([]trec.Scored, error) {
	c.prune(s)
	if err := c.settle(s); err != nil {
		return nil, err
	}
	ranking := make([]trec.Scored, len(c.kept))
	for i, x := range c.kept {
		ranking[i] = trec.Scored{DocID: c.v.ID(int(x.row)), Score: float64(x.score)}
	}
	c.kept = nil
	return ranking, nil
}

// greatest is the k-th greatest of values, 1 being the first, whose order it changes.
// Source: Hoare, Algorithm 65: Find.
func greatest(values []float32, k int) float32 {
	low, high := 0, len(values)-1
	for low < high {
		pivot := values[(low+high)/2]
		i, j := low, high
		for i <= j {
			for values[i] > pivot {
				i++
			}
			for values[j] < pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return values[k-1]
		}
	}
	return values[k-1]
}
