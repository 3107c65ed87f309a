package encoder

import (
	"cmp"
	"slices"
)

// Batch is a set of rows that run through the graph together, padded to one shape.
type Batch struct {
	Rows     []int // indices into the texts, longest first
	Capacity int   // rows of the shape; those past len(Rows) are empty
	Length   int   // tokens of the shape
}

// Tokens is the number of tokens the batch costs, padding included.
func (b Batch) Tokens() int { return b.Capacity * b.Length }

// Shapes decides how rows are padded: each distinct shape is one compilation.
type Shapes struct {
	TokenBudget int // tokens a batch holds at most
	LengthStep  int // lengths are rounded up to a multiple of this
}

// The shapes of encoding compile in about a second each and run often; those
// of training take several seconds, so there are fewer of them.
var (
	EncodeShapes = Shapes{TokenBudget: 4096, LengthStep: 16}
	TrainShapes  = Shapes{TokenBudget: 4096, LengthStep: 32}
)

// Cut sorts rows by length and cuts them into batches under the token budget.
// lengths[i] is the number of tokens of row i. Equal lengths keep their order,
// so a cut depends on the lengths alone.
func (s Shapes) Cut(lengths []int) []Batch {
	rows := make([]int, len(lengths))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(lengths[b], lengths[a]) })
	var batches []Batch
	for len(rows) > 0 {
		length := s.length(lengths[rows[0]])
		capacity := s.capacity(length, len(rows))
		n := min(capacity, len(rows))
		batches = append(batches, Batch{Rows: rows[:n:n], Capacity: capacity, Length: length})
		rows = rows[n:]
	}
	return batches
}

func (s Shapes) length(tokens int) int {
	return max(1, (tokens+s.LengthStep-1)/s.LengthStep) * s.LengthStep
}

// capacity is how many rows of a length one batch takes: what the budget
// holds, or, for fewer rows than that, the next power of two.
func (s Shapes) capacity(length, rows int) int {
	most := max(1, s.TokenBudget/length)
	if most >= 8 {
		most -= most % 8
	}
	if rows >= most {
		return most
	}
	capacity := 1
	for capacity < rows {
		capacity *= 2
	}
	return min(capacity, most)
}
