package index

import (
	"math/bits"
	"sync"
)

// blockBytes is how much of the rows a goroutine goes over at a time: it stays
// in a core's second cache while the panels of queries pass over it.
const blockBytes = 192 << 10

// tileFilter estimates for panels of queries at once, in tiles of rows and queries.
type tileFilter struct {
	v           *Vectors
	rows, width int // of a tile
	rowBytes    int // that a tile reads
	panels      []*panel
	open        func() tiles
}

// panel is as many queries as a tile takes.
type panel struct {
	mutex    sync.Mutex
	contests []*contest
}

// tiles is what a goroutine estimates with.
type tiles interface {
	// load makes ready the rows from first up to last.
	load(first, last int) error

	// run estimates the tile of the rows loaded from place at on, for a panel:
	// see tile.run. Rows past the last are as may be.
	run(panel, at int, limits, out []float32, masks []uint16) bool

	// limit is what an estimate of run's must reach where a contest's floor is so high.
	limit(panel, query int, floor float32) float32

	// bounds are the estimate and the error of what run set for the row at a place.
	bounds(panel, query, at int, out float32) (estimate, err float32)
}

func newTileFilter(v *Vectors, contests []*contest, rows, width, rowBytes int) *tileFilter {
	f := &tileFilter{v: v, rows: rows, width: width, rowBytes: rowBytes}
	for first := 0; first < len(contests); first += width {
		f.panels = append(f.panels, &panel{contests: contests[first:min(first+width, len(contests))]})
	}
	return f
}

func (f *tileFilter) block() int { return max(f.rows, blockBytes/f.rowBytes/f.rows*f.rows) }

func (f *tileFilter) worker() func(first, last int) error {
	w := &tileWorker{tileFilter: f, tiles: f.open(), s: f.v.newScratch(), limits: make([]float32, f.width)}
	return func(first, last int) error {
		if err := w.load(first, last); err != nil {
			return err
		}
		for p := range f.panels {
			if err := w.pass(p, first, last-first); err != nil {
				return err
			}
		}
		return nil
	}
}

// tileWorker is a goroutine's part of a tileFilter.
type tileWorker struct {
	*tileFilter
	tiles
	s      *scratch
	limits []float32
	out    [maxTile]float32
	masks  [maxTile / 2]uint16
	found  []tileHit
}

type tileHit struct {
	at, query int
	out       float32
}

// pass has so many rows, from first on, meet a panel.
func (w *tileWorker) pass(p, first, count int) error {
	panel := w.panels[p]
	panel.mutex.Lock()
	for q, c := range panel.contests {
		w.limits[q] = w.limit(p, q, c.floor)
	}
	panel.mutex.Unlock()
	for q := len(panel.contests); q < len(w.limits); q++ {
		w.limits[q] = -lowest
	}
	w.found = w.found[:0]
	for at := 0; at < count; at += w.rows {
		if w.run(p, at, w.limits, w.out[:], w.masks[:]) {
			w.note(at, min(w.rows, count-at))
		}
	}
	if len(w.found) == 0 {
		return nil
	}
	panel.mutex.Lock()
	defer panel.mutex.Unlock()
	for _, hit := range w.found {
		estimate, err := w.bounds(p, hit.query, hit.at, hit.out)
		if err := panel.contests[hit.query].offer(first+hit.at, estimate, err, w.s); err != nil {
			return err
		}
	}
	return nil
}

// note keeps what the masks of so many rows of a tile name.
func (w *tileWorker) note(at, rows int) {
	masks := (w.width + 15) / 16
	for r := range rows {
		for m, mask := range w.masks[r*masks : (r+1)*masks] {
			for ; mask != 0; mask &= mask - 1 {
				q := 16*m + bits.TrailingZeros16(mask)
				w.found = append(w.found, tileHit{at + r, q, w.out[r*w.width+q]})
			}
		}
	}
}
