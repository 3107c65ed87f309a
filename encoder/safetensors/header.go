package safetensors

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	lengthSize = 8           // of the header's own length, before it
	maxHeader  = 100_000_000 // as the reference implementation; of an index, too

	// These bound what a hostile header takes of memory. The largest models have
	// some 100,000 tensors, in many files, and no tensor has ten dimensions.
	maxTensors    = 1 << 18
	maxDimensions = 64
)

// header is what a file says of its tensors.
type header struct {
	metadata  map[string]string
	tensors   []info // by offset
	dataStart int64  // of the first tensor in the file
}

// info is a tensor's entry in the header, its offsets counted from dataStart.
type info struct {
	Tensor
	start, end int64
}

// readHeader reads and checks the header of a file of the given size.
func readHeader(r io.ReaderAt, size int64) (header, error) {
	var length [lengthSize]byte
	if size < lengthSize {
		return header{}, fmt.Errorf("want %d bytes of header length, got a file of %d", lengthSize, size)
	}
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return header{}, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader {
		return header{}, fmt.Errorf("want a header of at most %d bytes, got %d", maxHeader, n)
	}
	dataStart := lengthSize + int64(n)
	if dataStart > size {
		return header{}, fmt.Errorf("want a header of %d bytes, got a file of %d", n, size)
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, lengthSize); err != nil && err != io.EOF {
		return header{}, err
	}
	if !utf8.Valid(text) {
		return header{}, fmt.Errorf("header: want UTF-8")
	}
	h, err := parseHeader(text)
	if err != nil {
		return header{}, fmt.Errorf("header: %w", err)
	}
	h.dataStart = dataStart
	return h, h.check(size - dataStart)
}

// check holds the tensors against each other and against the bytes that are there: in order they leave no hole and no rest.
func (h *header) check(dataSize int64) error {
	slices.SortFunc(h.tensors, func(a, b info) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return cmp.Compare(a.end, b.end)
	})
	at := int64(0)
	for _, t := range h.tensors {
		if t.start != at {
			return fmt.Errorf("tensor %q: want it to begin at %d, where the one before ends, got %d", t.Name, at, t.start)
		}
		want, err := byteSize(t.DType, t.Shape)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if t.end < t.start || uint64(t.end-t.start) != want {
			return fmt.Errorf("tensor %q: want %d bytes for %s %v, got data_offsets [%d,%d]", t.Name, want, t.DType, t.Shape, t.start, t.end)
		}
		at = t.end
	}
	if at != dataSize {
		return fmt.Errorf("want %d bytes of tensors, got %d in the file", at, dataSize)
	}
	return nil
}

// byteSize is the size of a tensor.
func byteSize(dtype string, shape []int) (uint64, error) {
	width, ok := dtypeBits[dtype]
	if !ok {
		return 0, fmt.Errorf("unknown dtype %q", dtype)
	}
	n := uint64(1)
	for _, dim := range append(slices.Clone(shape), int(width)) {
		high, low := bits.Mul64(n, uint64(dim))
		if high != 0 {
			return 0, fmt.Errorf("%s %v: more elements than 64 bits can count", dtype, shape)
		}
		n = low
	}
	if n%8 != 0 {
		return 0, fmt.Errorf("%s %v: want whole bytes, got %d bits", dtype, shape, n)
	}
	return n / 8, nil
}
