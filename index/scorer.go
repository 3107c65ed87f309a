package index

import "github.com/gradus-ir/gradus/trec"

// Scorer ranks rows that its caller chooses as a search of all rows ranks
// them. It is for one goroutine.
type Scorer struct {
	v     *Vectors
	s     *scratch
	sums  [1]int32
	found []estimate
	room  []candidate
}

// NewScorer returns a scorer of the folder's rows, until Close.
func (v *Vectors) NewScorer() *Scorer { return &Scorer{v: v, s: v.newScratch()} }

// TopK is the k nearest of some rows, in the order of trec.Compare. The rows
// lie anywhere, so that each waits for memory: where the folder has codes,
// only those that may be among the k are read whole.
//   - query: [Dim] finite values of any length
//   - rows: numbers below Len, each once
//   - the result: [min(k, len(rows))]
func (s *Scorer) TopK(query []float32, rows []uint32, k int) ([]trec.Scored, error) {
	k = min(k, len(rows))
	if k == 0 {
		return nil, nil
	}
	c := &contest{v: s.v, query: s.v.newQuery(query), k: k, floor: lowest}
	if cap(s.room) < contestRoom(k) {
		s.room = make([]candidate, 0, contestRoom(k))
	}
	c.kept = s.room[:0:contestRoom(k)]
	var err error
	if s.v.codes != nil && len(rows) > k {
		err = s.offerByCodes(c, rows)
	} else {
		err = s.offerAll(c, rows)
	}
	if err != nil {
		return nil, err
	}
	return c.ranking(s.s)
}

// offerByCodes offers rows with what their codes tell of them.
func (s *Scorer) offerByCodes(c *contest, rows []uint32) error {
	q, width := newCodeQuery(s.v, c), stride(s.v.dim)
	for i, row := range rows {
		if i+ahead < len(rows) {
			next := int(rows[i+ahead])
			prefetch(s.v.codes.Unchecked()[next*width : (next+1)*width])
		}
		first := int(row)
		codes, err := s.v.codes.Bytes(first*width, (first+1)*width)
		if err != nil {
			return err
		}
		bounds, err := s.v.checkedBounds(first, first+1)
		if err != nil {
			return err
		}
		kernel.scan(q.weights, codes, s.sums[:])
		s.found = q.estimate(s.found[:0], first, s.sums[:], bounds, c.floor)
		for _, e := range s.found {
			if err := c.offer(e.row, e.value, e.err, s.s); err != nil {
				return err
			}
		}
	}
	return nil
}

// offerAll offers rows of which nothing is known.
func (s *Scorer) offerAll(c *contest, rows []uint32) error {
	for _, row := range rows {
		if err := c.offer(int(row), 0, -lowest, s.s); err != nil {
			return err
		}
	}
	return nil
}
