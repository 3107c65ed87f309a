package index

import "math"

// query is what rows are compared with.
type query struct {
	values []float32 // of length 1 where the similarity is Cosine
	length float64   // of values, or a little more
}

func (v *Vectors) newQuery(values []float32) query {
	if v.Similarity == Cosine {
		values = unit(values)
	}
	return query{values, norm(values) * longer}
}

// scratch is the room that a goroutine scores rows in.
type scratch struct {
	lanes [lanes]float64
	row   []float32
	lows  []float32
}

func (v *Vectors) newScratch() *scratch { return &scratch{row: make([]float32, v.dim)} }

// score is the exact score of a row, and the value a filter estimates for it: see bounds.go.
func (v *Vectors) score(q query, row int, s *scratch) (score float32, estimated float64, err error) {
	values, err := v.Read(row, row+1, s.row)
	if err != nil {
		return 0, 0, err
	}
	if v.Similarity != Euclidean {
		sum := s.sum(kernel.dot, q.values, values)
		return float32(sum), sum, nil
	}
	squared := s.sum(kernel.distance, q.values, values)
	return float32(0 - math.Sqrt(squared)), (q.length*q.length - squared) / 2, nil
}

// sum adds up in lanes, and the lanes in pairs: always in this order.
func (s *scratch) sum(kernel func(query, row []float32, lanes *[lanes]float64), query, row []float32) float64 {
	s.lanes = [lanes]float64{}
	whole := len(query) / lanes * lanes
	if whole > 0 {
		kernel(query[:whole], row[:whole], &s.lanes)
	}
	if whole < len(query) {
		var q, r [lanes]float32
		copy(q[:], query[whole:])
		copy(r[:], row[whole:])
		kernel(q[:], r[:], &s.lanes)
	}
	for half := lanes / 2; half > 0; half /= 2 {
		for i := range half {
			s.lanes[i] += s.lanes[i+half]
		}
	}
	return s.lanes[0]
}
