//go:build !unix

package index

import (
	"io"
	"os"
	"unsafe"
)

// mapFile reads the file where the system cannot map it, into memory aligned for float32.
func mapFile(file *os.File, size int) ([]byte, error) {
	room := make([]float32, size/floatSize)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(room))), size)
	_, err := io.ReadFull(file, bytes)
	return bytes, err
}

func unmapFile([]byte) error { return nil }
