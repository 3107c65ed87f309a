// Package ivf finds nearly the nearest vectors without looking at all of them.
//
// An inverted-file index puts each row of one or more vectors folders into the
// list of the nearest of some centroids (k-means). A search looks into the
// lists whose centroids are nearest to the query, estimates the score of their
// rows from codes of one bit a dimension, and scores the best of them by their
// vectors, which stay in the vectors folders. The scores of a result are exact; what may be missing is a document.
//
// An index is a folder of
//
//	manifest.json     options, and the segments: a vectors folder and its rows' lists each
//	centroids.N.bin   [lists, dim] float32, and [lists] float32 spreads
//	segment.N.bin     a header, where each list ends (in blocks), and blocks of 32 rows: codes, factors, row numbers
//	deleted.N.bin     a bit for each row of a segment's folder: whether it was deleted
//
// Every page of a .bin file has a checksum. A change writes new files and
// then the manifest, so that an index is never between two states.
package ivf

import "math"

// Options say how an index is built. The zero value lets gradus choose.
type Options struct {
	Lists    int   // 0 is four times the square root of the rows, at most one for eight rows
	Seed     int64 // of what k-means starts with and of the rotation
	Memory   int64 // bytes of lists that are put in order at a time; 0 is 256 MiB
	Progress func(stage string, done, total int64)
}

const (
	defaultMemory = 256 << 20
	iterations    = 10      // of k-means
	samplePerList = 50      // rows that k-means sees, a list …
	largestSample = 1 << 18 // … and at most
	batchRows     = 1 << 16 // rows encoded between two checkpoints
)

func (o Options) withDefaults(rows int) Options {
	if o.Lists == 0 {
		o.Lists = int(4 * math.Sqrt(float64(rows)))
	}
	o.Lists = max(1, min(o.Lists, rows/8))
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	return o
}
