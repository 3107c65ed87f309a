package loss

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// listFunc is a loss of one query's list: scores and grades of the documents
// that are in it, none masked. It adds its gradient to gradient, which is zero,
// and returns false where the list teaches nothing, such as one of a single grade.
type listFunc func(scores, grades, gradient []float64) (value float64, ok bool)

// overLists is the mean of a loss over the lists that teach something; zero where none does.
func overLists(scores, grades *mat.Dense, loss listFunc) (float64, *mat.Dense) {
	queries, documents := scores.Dims()
	gradient := mat.NewDense(queries, documents, nil)
	value, counted := 0.0, 0
	var l list
	for i := range queries {
		l.take(scores.RawRowView(i), grades.RawRowView(i))
		if len(l.scores) == 0 {
			continue
		}
		v, ok := loss(l.scores, l.grades, l.gradient)
		if !ok {
			continue
		}
		l.putBack(gradient.RawRowView(i))
		value += v
		counted++
	}
	if counted == 0 {
		return 0, gradient
	}
	gradient.Scale(1/float64(counted), gradient)
	return value / float64(counted), gradient
}

// list is a query's row without what is masked.
type list struct {
	scores, grades, gradient []float64
	columns                  []int // where they are in the row
}

// take reads a row, into the memory of the one before: a large batch's rows would be garbage by the hundred megabytes.
func (l *list) take(scores, grades []float64) {
	l.scores, l.grades, l.columns = l.scores[:0], l.grades[:0], l.columns[:0]
	for j, g := range grades {
		if g != Masked {
			l.scores, l.grades, l.columns = append(l.scores, scores[j]), append(l.grades, g), append(l.columns, j)
		}
	}
	l.gradient = slices.Grow(l.gradient[:0], len(l.scores))[:len(l.scores)]
	clear(l.gradient)
}

// putBack writes the gradient to the row's columns.
func (l *list) putBack(row []float64) {
	for k, j := range l.columns {
		row[j] = l.gradient[k]
	}
}

// pairs calls f with each pair of documents of which the first has the higher
// grade, and returns how many there are. Its time is that of the pairs and of
// one look at each document: the many of the lowest grade are not paired.
func pairs(grades []float64, f func(better, worse int)) int {
	lowest := slices.Min(grades)
	n := 0
	for i, g := range grades {
		if g == lowest {
			continue
		}
		for j, other := range grades {
			if other < g {
				f(i, j)
				n++
			}
		}
	}
	return n
}

// levels lists the grades of a list, each once, lowest first.
func levels(grades []float64) []float64 {
	sorted := slices.Clone(grades)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// idealDCG is the highest DCG that a list can have among its first k, with the
// grade as gain; k 0 is the whole list.
func idealDCG(grades []float64, k int) float64 {
	sorted := slices.Clone(grades)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	if k > 0 && k < len(sorted) {
		sorted = sorted[:k]
	}
	sum := 0.0
	for i, g := range sorted {
		sum += g / math.Log2(float64(i)+2)
	}
	return sum
}

// softplus is log(1 + eˣ), without overflow; its slope is sigmoid(x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
