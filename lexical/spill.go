package lexical

import (
	"bufio"
	"encoding/binary"
	"slices"
	"strings"
)

// spill writes the stretch as a run and begins another.
func (w *Writer) spill() error {
	// A counting sort by key leaves the documents of a key in order.
	ends := make([]int, len(w.keys)+1)
	for _, i := range w.inverted {
		ends[i.key+1]++
	}
	for key := range w.keys {
		ends[key+1] += ends[key]
	}
	sorted := make([]posting, len(w.inverted))
	for _, i := range w.inverted {
		sorted[ends[i.key]] = i.posting
		ends[i.key]++
	}
	order := make([]uint32, len(w.keys))
	for key := range order {
		order[key] = uint32(key)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(w.keys[a], w.keys[b]) })

	err := w.runs.add(func(out *bufio.Writer) error {
		var data []byte
		for _, key := range order {
			first := 0
			if key > 0 {
				first = ends[key-1]
			}
			data = data[:0]
			for _, p := range sorted[first:ends[key]] {
				data = binary.AppendUvarint(data, uint64(p.doc))
				data = binary.AppendUvarint(data, uint64(p.frequency))
			}
			writeHead(out, []byte(w.keys[key]), uint64(len(data)))
			out.Write(data) // a failed write shows in the flush
		}
		return nil
	})
	w.reset()
	if err == nil && len(w.runs.paths) == maxRuns {
		err = w.runs.compact()
	}
	return err
}
