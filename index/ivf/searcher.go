package ivf

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

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
	threshold  float32
	estimates  [blockRows]float32
	scorers    []*index.Scorer // of each segment
	rows       []uint32        // to be scored by one
	scores     []float32
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
	if s.Similarity == index.Cosine {
		queries = units(queries)
	}
	s.centroids.products(queries, s.products)
	for i, query := range queries {
		if err := s.collect(query, s.products[i]); err != nil {
			return err
		}
		if err := s.score(query); err != nil {
			return err
		}
		rankings[i] = s.ranking()
	}
	return nil
}

// collect estimates the scores of the rows in the nearest lists and keeps the best of them.
func (s *searcher) collect(query, products []float32) error {
	s.lists = s.lists[:0]
	for list, product := range products {
		if s.Similarity == index.Euclidean {
			product -= s.centroids.norms[list]
		}
		s.lists = append(s.lists, candidate{value: product, row: uint32(list)})
	}
	s.lists = best(s.lists, s.effort.Probe)
	slices.SortFunc(s.lists, func(a, b candidate) int { // nearest first, for a high threshold soon
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.row, b.row))
	})
	copy(s.rotated, query)
	s.rotation.apply(s.rotated)
	s.tables.fill(s.rotated, pairsOf(len(query)))
	s.candidates, s.threshold = s.candidates[:0], float32(math.Inf(-1))
	for _, list := range s.lists {
		for number, segment := range s.segments {
			if err := s.scanList(uint32(number), segment, int(list.row), products[list.row]); err != nil {
				return err
			}
		}
	}
	s.candidates = best(s.candidates, s.effort.Rescore)
	return nil
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
			s.candidates = best(s.candidates, s.effort.Rescore)
			s.threshold = least(s.candidates)
			l.threshold = s.threshold
		}
	}
	return nil
}

// score puts the scores of the candidates in the place of their estimates.
func (s *searcher) score(query []float32) error {
	for number, scorer := range s.scorers {
		s.rows = s.rows[:0]
		for _, c := range s.candidates {
			if c.segment == uint32(number) {
				s.rows = append(s.rows, c.row)
			}
		}
		s.scores = append(s.scores[:0], make([]float32, len(s.rows))...)
		if err := scorer.Scores(query, s.rows, s.scores); err != nil {
			return err
		}
		next := 0
		for i := range s.candidates {
			if c := &s.candidates[i]; c.segment == uint32(number) {
				c.value = s.scores[next]
				next++
			}
		}
	}
	return nil
}

// ranking is the k best candidates, in the order of trec.Compare.
func (s *searcher) ranking() []trec.Scored {
	if len(s.candidates) == 0 {
		return nil
	}
	lowest := least(best(s.candidates, s.k))
	tied := slices.DeleteFunc(s.candidates, func(c candidate) bool { return c.value < lowest })
	slices.SortFunc(tied, func(a, b candidate) int {
		if c := cmp.Compare(b.value, a.value); c != 0 {
			return c
		}
		return strings.Compare(s.id(b), s.id(a))
	})
	ranking := make([]trec.Scored, min(s.k, len(tied)))
	for i := range ranking {
		ranking[i] = trec.Scored{DocID: s.id(tied[i]), Score: float64(tied[i].value)}
	}
	return ranking
}

func (s *searcher) id(c candidate) string { return s.segments[c.segment].vectors.ID(int(c.row)) }

// units are copies of length 1; a query of zeros stays one and is as near to every row.
func units(queries [][]float32) [][]float32 {
	scaled := make([][]float32, len(queries))
	for i, query := range queries {
		unit, square := make([]float32, len(query)), 0.0
		for _, x := range query {
			square += float64(x) * float64(x)
		}
		if square > 0 {
			for d, x := range query {
				unit[d] = float32(float64(x) / math.Sqrt(square))
			}
		}
		scaled[i] = unit
	}
	return scaled
}
