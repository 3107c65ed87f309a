package index

import "unsafe"

// codeTiles estimate from the rows' codes and the queries', which are of one byte a number here.
type codeTiles struct {
	v      *Vectors
	panels []codePanel
	codes  []byte // loaded
	known  []bound
	last   []byte // a tile's codes, filled up with zeros
	terms  []rowTerms
}

// codePanel has the queries' codes one after another, four at each place: [width/4][queries][4].
type codePanel struct {
	weights []int8
	terms   codeTerms
	errors  []codeErrors
}

// rowTerms and codeTerms are what an estimate plus its error is made of
// besides a row's and a query's codes: see codeErrors. A tile reads them as they lie.
type rowTerms struct {
	scale, rest, whole float32
	add                float32 // a row's part of the estimate, and of the error
}

type codeTerms struct {
	offset         [codeTileWidth]int32 // what the 128 in each code adds to a sum
	scale, a, b, c [codeTileWidth]float32
}

// A tile of codes is 8 rows and 48 queries.
const (
	codeTileRows  = 8
	codeTileWidth = 48
)

// codeTile sets out to estimates plus errors; else it is as tile.run.
type codeTile func(weights []int8, codes []byte, width int, rows []rowTerms, queries *codeTerms, limits, out []float32, masks []uint16) bool

func newCodeTiles(v *Vectors, contests []*contest) *tileFilter {
	f := newTileFilter(v, contests, codeTileRows, codeTileWidth, stride(v.dim))
	panels := make([]codePanel, len(f.panels))
	for i, p := range f.panels {
		panels[i] = newCodePanel(v, p.contests)
	}
	f.open = func() tiles {
		return &codeTiles{v: v, panels: panels, last: make([]byte, codeTileRows*stride(v.dim)), terms: make([]rowTerms, f.block())}
	}
	return f
}

func newCodePanel(v *Vectors, contests []*contest) codePanel {
	p := codePanel{weights: make([]int8, stride(v.dim)*codeTileWidth)}
	for q, c := range contests {
		scale, rest := quantize(c.query.values, codeMax, func(d, weight int) {
			p.weights[d/4*4*codeTileWidth+4*q+d%4] = int8(weight)
			p.terms.offset[q] -= codeZero * int32(weight)
		})
		e := newCodeErrors(v.Similarity, c.query.length, rest)
		p.errors = append(p.errors, e)
		p.terms.scale[q], p.terms.a[q], p.terms.b[q], p.terms.c[q] = scale, e.a, e.b, e.c
	}
	return p
}

func (w *codeTiles) load(first, last int) (err error) {
	width := stride(w.v.dim)
	if w.codes, err = w.v.codes.Bytes(first*width, last*width); err != nil {
		return err
	}
	if w.known, err = w.v.checkedBounds(first, last); err != nil {
		return err
	}
	for i, b := range w.known {
		whole := b.length + b.rest
		w.terms[i] = rowTerms{scale: b.scale, rest: b.rest, whole: whole}
		if w.v.Similarity == Euclidean {
			w.terms[i].add = whole*whole*euclideanRoundings - b.length*b.length/2
		}
	}
	return nil
}

func (w *codeTiles) run(panel, at int, limits, out []float32, masks []uint16) bool {
	width, p := stride(w.v.dim), &w.panels[panel]
	codes := w.codes[at*width:]
	if len(codes) < codeTileRows*width {
		clear(w.last[copy(w.last, codes):])
		codes = w.last
	}
	return kernel.codeTile(p.weights, codes, width, w.terms[at:at+codeTileRows], &p.terms, limits, out, masks)
}

func (w *codeTiles) limit(_, _ int, floor float32) float32 { return floor }

func (w *codeTiles) bounds(panel, query, at int, out float32) (estimate, err float32) {
	err = w.panels[panel].errors[query].of(w.known[at])
	return out - err, err
}

// codeTilePortable is the plain way.
func codeTilePortable(weights []int8, codes []byte, width int, rows []rowTerms, queries *codeTerms, limits, out []float32, masks []uint16) bool {
	var any uint16
	clear(masks[:codeTileRows*codeTileWidth/16])
	for r := range codeTileRows {
		for q := range codeTileWidth {
			sum := queries.offset[q]
			for d, code := range codes[r*width : (r+1)*width] {
				sum += int32(code) * int32(weights[d/4*4*codeTileWidth+4*q+d%4])
			}
			row := rows[r]
			high := float32(sum)*(row.scale*queries.scale[q]) + row.add + queries.c[q] + row.rest*queries.a[q] + row.whole*queries.b[q]
			out[r*codeTileWidth+q] = high
			if !(high < limits[q]) {
				masks[(r*codeTileWidth+q)/16] |= 1 << (q % 16)
			}
			any |= masks[(r*codeTileWidth+q)/16]
		}
	}
	return any != 0
}

// The kernel counts on these places.
var _ = [1]struct{}{}[unsafe.Offsetof(codeTerms{}.c)-4*4*codeTileWidth]
