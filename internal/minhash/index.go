package minhash

import "slices"

// Index finds, among sets that were added, those that may be much like
// another. It takes about 500 bytes a set. Once filled, it may be used concurrently.
type Index struct {
	bands [Bands]map[uint32][]int32
	n     int32
}

// Add takes a set in and returns its place, from 0.
func (x *Index) Add(s Signature) int {
	for band, number := range s {
		if x.bands[band] == nil {
			x.bands[band] = map[uint32][]int32{}
		}
		if met := x.bands[band][number]; len(met) < atOnce {
			x.bands[band][number] = append(met, x.n)
		}
	}
	x.n++
	return int(x.n) - 1
}

// Near are the places of the sets that meet s in a band, ascending; of many
// that meet in one, the earliest.
func (x *Index) Near(s Signature) []int32 {
	var near []int32
	for band, number := range s {
		near = append(near, x.bands[band][number]...)
	}
	slices.Sort(near)
	return slices.Compact(near)
}
