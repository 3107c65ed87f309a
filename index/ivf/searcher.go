package ivf

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

// searcher is what one goroutine searches with; its room is used for query after query.
type searcher struct {
	*Index
	k      int
	effort Effort

	products   [][]float32 // [queries, lists] with the centroids
	lists      []candidate
	rotated    []float32
	tables     tables
	candidates []candidate
	threshold  float32 // the least of the candidates worth keeping
	floor      float32 // that of half as many again as are wanted, for the best are estimated too high
	estimates  [blockRows]float32
	scorers    []*index.Scorer // of each segment
	rows       []uint32        // to be scored by one
}

func newSearcher(x *Index, k int, effort Effort, queries int) *searcher {
	s := &searcher{Index: x, k: k, effort: effort, rotated: make([]float32, x.Dim())}
	s.products = make([][]float32, queries)
	for i := range s.products {
		s.products[i] = make([]float32, x.Lists())
	}
	for _, segment := range x.segments {
		s.scorers = append(s.scorers, segment.vectors.NewScorer())
	}
	return s
}

func (s *searcher) search(queries [][]float32, rankings [][]trec.Scored) error {
	directed := queries
	if s.Similarity == index.Cosine {
		directed = units(queries)
	}
	s.centroids.products(directed, s.products)
	for i, query := range directed {
		if err := s.collect(query, s.products[i]); err != nil {
			return err
		}
		var err error
		if rankings[i], err = s.ranking(queries[i]); err != nil {
			return err
		}
	}
	return nil
}

// collect estimates the scores of the rows in lists, the one of the greatest
// reach first, and keeps the best of them. Where the effort does not say how
// many lists, it ends before the first whose reach is below the floor.
func (s *searcher) collect(query, products []float32) error {
	s.reach(query, products)
	copy(s.rotated, query)
	s.rotation.apply(s.rotated)
	s.tables.fill(s.rotated, pairsOf(len(query)))
	s.candidates = s.candidates[:0]
	s.threshold = float32(math.Inf(-1))
	s.floor = s.threshold
	left := s.lists
	if s.effort.Probe > 0 {
		left = best(left, s.effort.Probe)
	}
	for some := 64; len(left) > 0; some *= 2 { // nearly always the first few are enough, and the others need no order
		nearest := best(left, some)
		left = left[len(nearest):]
		slices.SortFunc(nearest, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.row, b.row))
		})
		for _, list := range nearest {
			if s.effort.Probe == 0 && list.value < s.floor {
				left = nil
				break
			}
			for number, segment := range s.segments {
				if err := s.scanList(uint32(number), segment, int(list.row), products[list.row]); err != nil {
					return err
				}
			}
		}
	}
	s.candidates = best(s.candidates, s.effort.Rescore)
	return nil
}

// reach sets each list's value to a score that hardly any of its rows is
// above: that of its centroid, and so many deviations of how its rows are spread around it.
func (s *searcher) reach(query, products []float32) {
	s.lists = s.lists[:0]
	length := norm(query)
	for list, product := range products {
		spread := s.centroids.spreads[list]
		value := product + deviations*float32(length)*spread
		if s.Similarity == index.Euclidean { // a row c+r has ⟨q, c+r⟩ - |c+r|²/2 = ⟨q, c⟩ - |c|²/2 + ⟨q-c, r⟩ - |r|²/2
			near := product - s.centroids.norms[list]
			distance := math.Sqrt(max(0, length*length-2*float64(near)))
			value = near + deviations*float32(distance)*spread - float32(len(query))*spread*spread/2
		}
		s.lists = append(s.lists, candidate{value: value, row: uint32(list)})
	}
}

// scanList takes the rows of a list that are estimated above the threshold,
// which is raised whenever there are twice as many candidates as are wanted.
func (s *searcher) scanList(number uint32, segment *segment, list int, product float32) error {
	bytes, err := segment.listBytes(list)
	if err != nil {
		return err
	}
	l := line{s.tables.scale, s.tables.bias, product, s.threshold}
	for size := segment.blockSize(); len(bytes) > 0; bytes = bytes[size:] {
		above := scan(bytes[:size], s.tables.entries, segment.offsets(bytes), l, &s.estimates)
		if above == 0 {
			continue
		}
		rows := segment.rowNumbers(bytes[:size])
		for ; above != 0; above &= above - 1 {
			lane := bits.TrailingZeros32(above)
			row := rows[lane]
			if err := segment.checkRow(list, row); err != nil {
				return err
			}
			if !segment.deleted.has(int(row)) {
				s.candidates = append(s.candidates, candidate{s.estimates[lane], row, number})
			}
		}
		if len(s.candidates) >= 2*s.effort.Rescore {
			s.prune()
			l.threshold = s.threshold
		}
	}
	return nil
}

// prune keeps as many candidates as are to be scored, and raises what others must be above.
func (s *searcher) prune() {
	s.candidates = best(s.candidates, s.effort.Rescore)
	s.threshold = least(s.candidates)
	s.floor = least(best(s.candidates, s.k+s.k/2))
}

// ranking is the k best candidates by their scores.
func (s *searcher) ranking(query []float32) ([]trec.Scored, error) {
	var parts [][]trec.Scored
	for number, scorer := range s.scorers {
		s.rows = s.rows[:0]
		for _, c := range s.candidates {
			if c.segment == uint32(number) {
				s.rows = append(s.rows, c.row)
			}
		}
		part, err := scorer.TopK(query, s.rows, s.k)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return index.Merge(s.k, parts...)
}

// units are copies of length 1; a query of zeros stays one and is as near to every row.
func units(queries [][]float32) [][]float32 {
	scaled := make([][]float32, len(queries))
	for i, query := range queries {
		unit := make([]float32, len(query))
		if length := norm(query); length > 0 {
			for d, x := range query {
				unit[d] = float32(float64(x) / length)
			}
		}
		scaled[i] = unit
	}
	return scaled
}

// norm is the Euclidean length.
func norm(vector []float32) float64 {
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
