package index

import "unsafe"

//go:noescape
func prefetchLines(first *float32, lines int)

// prefetch asks memory for a row, without waiting for it.
func prefetch(row []float32) { prefetchLines(unsafe.SliceData(row), (len(row)+15)/16) }
