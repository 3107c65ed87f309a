package embedded

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
)

// What a GGUF file may hold at most: models have hundreds of tensors and some
// dozens of keys, one of which is the vocabulary.
const (
	mostTensors    = 1 << 16
	mostKeys       = 1 << 16
	mostDimensions = 4
	longestName    = 1<<16 - 1 // of a key, as the format has it
	dataAlignment  = 32        // unless the file has another
)

// checkGGUF holds what a GGUF file says of itself against its size and against
// these limits, so that llama.cpp, which runs as native code, is given no file
// that counts past its end. Source: ggml, docs/gguf.md.
func checkGGUF(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: want a file", path)
	}
	if err := readGGUF(file, info.Size()); err != nil {
		return fmt.Errorf("%s: want a GGUF model that llama.cpp can read: %w", path, err)
	}
	return nil
}

// readGGUF reads a file's header, up to its tensors' data.
func readGGUF(r io.Reader, size int64) error {
	g := &ggufReader{in: bufio.NewReaderSize(r, 1<<16), left: uint64(size), alignment: dataAlignment}
	if magic := g.bytes(4); g.err == nil && string(magic) != "GGUF" {
		return fmt.Errorf("it begins with %q", magic)
	}
	if version := g.uint32(); g.err == nil && version != 2 && version != 3 {
		return fmt.Errorf("want version 2 or 3, got %d", version)
	}
	tensors, keys := g.uint64(), g.uint64()
	if g.err == nil && (tensors > mostTensors || keys > mostKeys) {
		return fmt.Errorf("want at most %d tensors and %d keys, got %d and %d", mostTensors, mostKeys, tensors, keys)
	}
	seen := map[string]bool{}
	for range keys {
		g.pair(seen)
	}
	var last uint64 // where the data of the last tensor begins
	clear(seen)
	for range tensors {
		last = max(last, g.tensor(seen))
	}
	if g.err != nil {
		return g.err
	}
	padding := (g.alignment - (uint64(size)-g.left)%g.alignment) % g.alignment
	if tensors > 0 && (padding > g.left || last >= g.left-padding) {
		return fmt.Errorf("a tensor begins at byte %d of %d", last, g.left)
	}
	return nil
}

// ggufReader reads values until the file ends or one is wrong; then it yields zeros.
type ggufReader struct {
	in        *bufio.Reader
	left      uint64 // bytes of the file not yet read
	alignment uint64
	err       error
}

func (g *ggufReader) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

// take counts n bytes as read, false where the file has not that many.
func (g *ggufReader) take(n uint64) bool {
	if g.err == nil && n > g.left {
		g.fail("it wants %d bytes more, and has %d", n, g.left)
	}
	if g.err != nil {
		return false
	}
	g.left -= n
	return true
}

func (g *ggufReader) bytes(n uint64) []byte {
	if !g.take(n) {
		return nil
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(g.in, data); err != nil {
		g.fail("%w", err)
	}
	return data
}

func (g *ggufReader) skip(n uint64) {
	for n > 0 && g.err == nil {
		part := min(n, math.MaxInt32)
		if !g.take(part) {
			return
		}
		if _, err := g.in.Discard(int(part)); err != nil {
			g.fail("%w", err)
		}
		n -= part
	}
}

func (g *ggufReader) uint32() uint32 {
	if data := g.bytes(4); g.err == nil {
		return binary.LittleEndian.Uint32(data)
	}
	return 0
}

func (g *ggufReader) uint64() uint64 {
	if data := g.bytes(8); g.err == nil {
		return binary.LittleEndian.Uint64(data)
	}
	return 0
}

// name reads a string that stands once in its list.
func (g *ggufReader) name(seen map[string]bool) string {
	n := g.uint64()
	if n > longestName {
		g.fail("want a name of at most %d bytes, got %d", longestName, n)
	}
	name := string(g.bytes(n))
	if g.err == nil && seen[name] {
		g.fail("%q stands there twice", name)
	}
	seen[name] = true
	return name
}

// Types of a value; those that are not here are no types.
const (
	ggufUint32 = 4
	ggufString = 8
	ggufArray  = 9
)

var ggufSizes = map[uint32]uint64{0: 1, 1: 1, 2: 2, 3: 2, ggufUint32: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

// pair reads a key and its value.
func (g *ggufReader) pair(seen map[string]bool) {
	key := g.name(seen)
	switch kind := g.uint32(); {
	case key == "general.alignment" && g.err == nil:
		g.alignment = uint64(g.uint32())
		if kind != ggufUint32 || bits.OnesCount64(g.alignment) != 1 || g.alignment%8 != 0 {
			g.fail("want an alignment that is a power of two from 8, got %d", g.alignment)
		}
	case kind == ggufString:
		g.skip(g.uint64())
	case kind == ggufArray:
		g.array(key)
	case g.err == nil:
		width, known := ggufSizes[kind]
		if !known {
			g.fail("%q: unknown type %d", key, kind)
		}
		g.skip(width)
	}
}

func (g *ggufReader) array(key string) {
	kind, n := g.uint32(), g.uint64()
	width, known := ggufSizes[kind]
	switch {
	case kind == ggufString && n > g.left/8: // each has its length before it
		g.fail("%q: want %d texts within %d bytes", key, n, g.left)
	case kind == ggufString:
		for i := uint64(0); i < n && g.err == nil; i++ {
			g.skip(g.uint64())
		}
	case !known: // arrays of arrays no model has
		g.fail("%q: an array of the unknown type %d", key, kind)
	case n > g.left/width:
		g.fail("%q: want %d values within %d bytes", key, n, g.left)
	default:
		g.skip(n * width)
	}
}

// tensor reads what is said of one, and returns where its data begin.
func (g *ggufReader) tensor(seen map[string]bool) uint64 {
	name := g.name(seen)
	dimensions := g.uint32()
	if dimensions > mostDimensions {
		g.fail("tensor %q: want at most %d dimensions, got %d", name, mostDimensions, dimensions)
	}
	elements := uint64(1)
	for i := uint32(0); i < dimensions && g.err == nil; i++ {
		high, low := bits.Mul64(elements, g.uint64())
		if high != 0 || low > math.MaxInt64/16 { // so that its bytes can be counted, whatever the type
			g.fail("tensor %q: more elements than 64 bits can count", name)
		}
		elements = low
	}
	g.uint32() // the type, which llama.cpp knows
	offset := g.uint64()
	if g.err == nil && offset%g.alignment != 0 {
		g.fail("tensor %q: want it at a multiple of %d, got %d", name, g.alignment, offset)
	}
	return offset
}
