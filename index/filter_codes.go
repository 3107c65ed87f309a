package index

import (
	"math"
	"sync"
)

// codeFilter estimates from the rows' codes, for each query alone.
type codeFilter struct {
	v       *Vectors
	queries []*codeQuery
}

// codeQuery is a query in so fine a code that what it leaves out hardly counts.
type codeQuery struct {
	mutex   sync.Mutex
	contest *contest
	weights []int16 // scale·weight is nearly the query
	scale   float32
	offset  int32 // what the 128 in each code adds to a sum
	errors  codeErrors
}

func newCodeFilter(v *Vectors, contests []*contest) *codeFilter {
	f := &codeFilter{v, make([]*codeQuery, len(contests))}
	for i, c := range contests {
		f.queries[i] = newCodeQuery(v, c)
	}
	return f
}

func newCodeQuery(v *Vectors, c *contest) *codeQuery {
	finest := min(math.MaxInt16, math.MaxInt32/(255*v.dim)) // no sum overflows
	q := &codeQuery{contest: c, weights: make([]int16, stride(v.dim))}
	var rest float64
	q.scale, rest = quantize(c.query.values, finest, func(d, weight int) {
		q.weights[d] = int16(weight)
		q.offset -= codeZero * int32(weight)
	})
	q.errors = newCodeErrors(v.Similarity, c.query.length, rest)
	return q
}

// quantize calls each with the values as multiples of a scale, from -finest to
// finest, and returns the length of what they leave out, or a little more.
func quantize(values []float32, finest int, each func(d, weight int)) (scale float32, rest float64) {
	largest := 0.0
	for _, x := range values {
		largest = max(largest, math.Abs(float64(x)))
	}
	if scale = float32(largest / float64(finest)); scale < 0x1p-100 {
		scale = 0
	}
	squares := 0.0
	for d, x := range values {
		weight := 0
		if scale > 0 {
			weight = min(finest, max(-finest, int(math.RoundToEven(float64(x)/float64(scale)))))
		}
		missing := float64(x) - float64(scale)*float64(weight)
		squares += missing * missing
		each(d, weight)
	}
	return scale, math.Sqrt(squares) * longer
}

func (f *codeFilter) block() int { return max(1, blockBytes/stride(f.v.dim)) }

func (f *codeFilter) worker() func(first, last int) error {
	s, sums, width := f.v.newScratch(), make([]int32, f.block()), stride(f.v.dim)
	var found []estimate
	return func(first, last int) error {
		codes, err := f.v.codes.Bytes(first*width, last*width)
		if err != nil {
			return err
		}
		bounds, err := f.v.checkedBounds(first, last)
		if err != nil {
			return err
		}
		for _, q := range f.queries {
			kernel.scan(q.weights, codes, sums[:len(bounds)])
			q.mutex.Lock()
			floor := q.contest.floor
			q.mutex.Unlock()
			found = q.estimate(found[:0], first, sums, bounds, floor)
			if len(found) == 0 {
				continue
			}
			q.mutex.Lock()
			for _, e := range found {
				if err = q.contest.offer(e.row, e.value, e.err, s); err != nil {
					break
				}
			}
			q.mutex.Unlock()
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// estimate is what a filter knows of a row.
type estimate struct {
	row        int
	value, err float32
}

// estimate appends the rows from first on that may reach the floor.
func (q *codeQuery) estimate(found []estimate, first int, sums []int32, bounds []bound, floor float32) []estimate {
	euclidean := q.contest.v.Similarity == Euclidean
	for i, b := range bounds {
		value, err := float32(sums[i]+q.offset)*(b.scale*q.scale), q.errors.of(b)
		if euclidean {
			value -= b.length * b.length / 2
		}
		if value+err < floor {
			continue // nearly every row ends here
		}
		found = append(found, estimate{first + i, value, err})
	}
	return found
}
