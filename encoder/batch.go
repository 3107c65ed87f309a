package encoder

import (
	"cmp"
	"slices"
)

// Batch is a set of rows that run through the graph together. Rows lie in
// bins, several in one where they are short: attention is kept within a row,
// so that a bin full of rows costs no padding.
type Batch struct {
	Bins     [][]int // indices of the rows of each bin
	Capacity int     // bins of the shape; those past len(Bins) are empty
	Length   int     // tokens of a bin
	Segments int     // rows a bin holds at most
}

// Tokens is the number of tokens the batch costs, padding included.
func (b Batch) Tokens() int { return b.Capacity * b.Length }

// Rows is the number of rows in the batch.
func (b Batch) Rows() int {
	n := 0
	for _, bin := range b.Bins {
		n += len(bin)
	}
	return n
}

// Shapes of encoding: each distinct one is a compilation of about a second.
const (
	tokenBudget = 1536 // tokens a batch holds at most: what lies between two products stays near the processor
	lengthStep  = 16   // lengths of long rows are rounded up to a multiple of this
	shortRow    = 64   // rows up to this length share bins …
	shortBin    = 128  // … of this length …
	shortRows   = 16   // … and at most so many in one
	leastBin    = 32   // a lone bin is halved down to this while its rows fit: a query asked alone
)

// Cut plans the encoding of rows; lengths[i] is the number of tokens of row i.
// Long rows of about one length lie side by side, one a bin; short ones share
// bins. The plan depends on the lengths alone.
func Cut(lengths []int) []Batch {
	rows := longestFirst(lengths)
	short, _ := slices.BinarySearchFunc(rows, shortRow, func(row, limit int) int {
		return cmp.Compare(limit, lengths[row]) // lengths fall along rows
	})
	var batches []Batch
	for long := rows[:short]; len(long) > 0; {
		length := (lengths[long[0]] + lengthStep - 1) / lengthStep * lengthStep
		n := min(binsOf(length), len(long))
		b := Batch{Capacity: capacity(n, binsOf(length)), Length: length, Segments: 1}
		for i := range n {
			b.Bins = append(b.Bins, long[i:i+1:i+1])
		}
		batches, long = append(batches, b), long[n:]
	}
	for bins := range slices.Chunk(pack(rows[short:], lengths, shortBin, shortRows), binsOf(shortBin)) {
		b := Batch{Bins: bins, Capacity: capacity(len(bins), binsOf(shortBin)), Length: shortBin, Segments: shortRows}
		if len(bins) == 1 {
			b.Length = lonely(bins[0], lengths)
		}
		batches = append(batches, b)
	}
	return batches
}

// lonely is the length of the one short bin of a batch: a bin of 128 tokens
// costs a query of 20 three times what it needs.
func lonely(bin, lengths []int) int {
	tokens := 0
	for _, row := range bin {
		tokens += lengths[row]
	}
	length := shortBin
	for length > leastBin && tokens <= length/2 {
		length /= 2
	}
	return length
}

// binsOf is how many bins of a length the token budget holds.
func binsOf(length int) int { return max(1, tokenBudget/length) }

// capacity rounds a number of bins up to a power of two, at most most: few shapes.
func capacity(bins, most int) int {
	c := 1
	for c < bins {
		c *= 2
	}
	return min(c, most)
}

// Packing is the one shape that all batches of a training run share, so that
// each of its programs is compiled once (and once more for the remainder).
type Packing struct {
	Length   int // tokens of a bin
	Capacity int // bins of a batch
	Segments int // rows a bin holds at most
}

// NewPacking chooses the bin length for steps whose rows have the given
// lengths, and the bins that a token budget holds.
func NewPacking(steps [][]int, budget int) Packing {
	best, bestCost := 0, 0.0
	longest := 0
	for _, lengths := range steps {
		longest = max(longest, slices.Max(lengths))
	}
	for length := (longest + lengthStep - 1) / lengthStep * lengthStep; length <= max(longest+lengthStep, packedLength); length += lengthStep {
		bins := 0
		for _, lengths := range steps {
			bins += len(pack(longestFirst(lengths), lengths, length, packedRows))
		}
		// Attention's share of a token's cost grows with the bin's length.
		cost := float64(bins*length) * (1 + float64(length)/attentionShare)
		if best == 0 || cost < bestCost {
			best, bestCost = length, cost
		}
	}
	return Packing{Length: best, Capacity: max(1, budget/best), Segments: packedRows}
}

const (
	packedLength   = 320 // bins longer than this are not worth their attention
	packedRows     = 16  // rows a packed bin holds at most
	attentionShare = 600 // the bin length at which attention takes as long as the rest, measured on MiniLM
)

// Cut packs rows into batches; no row may be longer than a bin.
func (p Packing) Cut(lengths []int) []Batch {
	bins := pack(longestFirst(lengths), lengths, p.Length, p.Segments)
	var batches []Batch
	for len(bins) > 0 {
		n := p.Capacity
		if len(bins) < n {
			n = 1 // the remainder goes bin by bin: one more shape, and no padding
		}
		batches = append(batches, Batch{Bins: bins[:n:n], Capacity: n, Length: p.Length, Segments: p.Segments})
		bins = bins[n:]
	}
	return batches
}

// longestFirst lists the rows by falling length; equal lengths keep their order.
func longestFirst(lengths []int) []int {
	rows := make([]int, len(lengths))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(lengths[b], lengths[a]) })
	return rows
}
