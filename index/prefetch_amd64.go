package index

import "unsafe"

//go:noescape
func prefetchLines(first *byte, lines int)

// prefetch asks memory for a row, without waiting for it.
func prefetch(row []byte) { prefetchLines(unsafe.SliceData(row), (len(row)+63)/64) }
