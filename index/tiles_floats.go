package index

// floatTiles estimate from the rows themselves.
type floatTiles struct {
	v      *Vectors
	panels []floatPanel
	rows   []float32 // loaded
	room   []float32 // for rows that are not floats on disk
	last   []float32 // a tile's rows, filled up with zeros
	start  []float32 // a row's part of an estimate
}

// floatPanel has the queries one after another at each place: [dim][width], zeros for those that are not there.
type floatPanel struct {
	values []float32
	errors []float32
}

func newFloatTiles(v *Vectors, contests []*contest, longest float64) *tileFilter {
	t := kernel.tile
	f := newTileFilter(v, contests, t.rows, t.width, v.dim*floatSize)
	panels := make([]floatPanel, len(f.panels))
	for i, p := range f.panels {
		panels[i].values = make([]float32, v.dim*t.width)
		for q, c := range p.contests {
			panels[i].errors = append(panels[i].errors, sumError(v.Similarity, v.dim, c.query.length, longest))
			for d, x := range c.query.values {
				panels[i].values[d*t.width+q] = x
			}
		}
	}
	f.open = func() tiles {
		w := &floatTiles{v: v, panels: panels, last: make([]float32, t.rows*v.dim), start: make([]float32, f.block())}
		if v.Precision != Float32 {
			w.room = make([]float32, f.block()*v.dim)
		}
		return w
	}
	return f
}

func (w *floatTiles) load(first, last int) (err error) {
	if w.rows, err = w.v.Read(first, last, w.room); err != nil || w.v.Similarity != Euclidean {
		return err
	}
	bounds, err := w.v.checkedBounds(first, last)
	for i, b := range bounds {
		w.start[i] = -b.length * b.length / 2
	}
	return err
}

func (w *floatTiles) run(panel, at int, limits, out []float32, masks []uint16) bool {
	t, dim := kernel.tile, w.v.dim
	rows := w.rows[at*dim:]
	if len(rows) < t.rows*dim {
		clear(w.last[copy(w.last, rows):])
		rows = w.last
	}
	return t.run(w.panels[panel].values, rows, dim, w.start[at:at+t.rows], limits, out, masks)
}

// limit takes the error twice: once for itself, once for its rounding.
func (w *floatTiles) limit(panel, query int, floor float32) float32 {
	return floor - 2*w.panels[panel].errors[query]
}

func (w *floatTiles) bounds(panel, query, _ int, out float32) (estimate, err float32) {
	return out, w.panels[panel].errors[query]
}
