package index

// Scorer gives rows that its caller chooses the scores that a search of all
// rows gives them. It is for one goroutine.
type Scorer struct {
	v *Vectors
	s *scratch
}

// NewScorer returns a scorer of the folder's rows, until Close.
func (v *Vectors) NewScorer() *Scorer { return &Scorer{v, v.newScratch()} }

// ahead is how many rows are asked of memory before they are needed.
const ahead = 4

// Scores sets scores[i] to the score of rows[i]. The rows lie anywhere, so
// that each waits for memory: they are asked for some rows ahead.
//   - query: [Dim] finite values of any length
//   - rows: numbers below Len
func (s *Scorer) Scores(query []float32, rows []uint32, scores []float32) error {
	q := s.v.newQuery(query)
	for i, row := range rows {
		if i+ahead < len(rows) && s.v.Precision == Float32 {
			prefetch(s.v.Row(int(rows[i+ahead])))
		}
		score, _, err := s.v.score(q, int(row), s.s)
		if err != nil {
			return err
		}
		scores[i] = score
	}
	return nil
}
