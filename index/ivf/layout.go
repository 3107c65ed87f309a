package ivf

import (
	"encoding/binary"
	"math"

	"github.com/gradus-ir/gradus/index"
)

// A lists file is
//
//	a header of 64 bytes: magic, dim (uint32), lists (uint32), rows (uint64), blocks (uint64)
//	[lists] uint64: where each list ends, in blocks; filled up to 64 bytes
//	[blocks] blocks, a list's one behind another
//
// and a block is
//
//	[pairs, 32] codes, as scan reads them
//	[32] float32 factors, NaN where no row is
//	[32] float32 offsets, in a Euclidean index only
//	[32] uint32 row numbers, the largest uint32 where no row is
const (
	listsFile  = "lists.bin"
	magic      = "gradivf1"
	headerSize = 64
	emptyRow   = ^uint32(0)
	lineSize   = 4 * blockRows // of a number a row
)

type layout struct {
	dim, pairs int
	lists      int
	euclidean  bool
	rows       int
	ends       []uint64 // of each list, in blocks
}

func (l *layout) codesSize() int { return l.pairs * 2 * tableSize }

func (l *layout) blockSize() int {
	if l.euclidean {
		return l.codesSize() + 3*lineSize
	}
	return l.codesSize() + 2*lineSize
}

func newLayout(s *state) layout {
	return layout{dim: s.Dim, pairs: pairsOf(s.Dim), lists: s.Lists, euclidean: s.Similarity == index.Euclidean}
}

// start is the offset of the first block.
func (l *layout) start() int { return headerSize + (8*l.lists+headerSize-1)/headerSize*headerSize }

// blocks are those of the lists up to one, and where those of the list itself end.
func (l *layout) blocks(list int) (first, last int) {
	if list > 0 {
		first = int(l.ends[list-1])
	}
	return first, int(l.ends[list])
}

func (l *layout) header() []byte {
	header := make([]byte, l.start())
	copy(header, magic)
	binary.LittleEndian.PutUint32(header[8:], uint32(l.dim))
	binary.LittleEndian.PutUint32(header[12:], uint32(l.lists))
	binary.LittleEndian.PutUint64(header[16:], uint64(l.rows))
	binary.LittleEndian.PutUint64(header[24:], l.ends[l.lists-1])
	copy(header[headerSize:], bytesOf(l.ends))
	return header
}

var noOffsets [blockRows]float32

// The parts of a block.
func (l *layout) factors(block []byte) []float32 {
	return numbers[float32](block[l.codesSize() : l.codesSize()+lineSize])
}

func (l *layout) offsets(block []byte) []float32 {
	if !l.euclidean {
		return noOffsets[:]
	}
	return numbers[float32](block[l.codesSize()+lineSize : l.codesSize()+2*lineSize])
}

func (l *layout) rowNumbers(block []byte) []uint32 {
	return numbers[uint32](block[l.blockSize()-lineSize : l.blockSize()])
}

// empty makes a block one without rows.
func (l *layout) empty(block []byte) {
	clear(block)
	factors, rows := l.factors(block), l.rowNumbers(block)
	for i := range blockRows {
		factors[i], rows[i] = float32(math.NaN()), emptyRow
	}
}
