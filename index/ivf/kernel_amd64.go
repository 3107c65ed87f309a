package ivf

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// What the processor has, of what the kernels in assembly take.
var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW
)

//go:noescape
func scanAVX2(block, tables *byte, pairs int, offsets *float32, l *line, estimates *[blockRows]float32) uint32

//go:noescape
func scanAVX512(block, tables *byte, pairs int, offsets *float32, l *line, estimates *[blockRows]float32) uint32

//go:noescape
func dot4AVX2(query, row0, row1, row2, row3 *float32, n int, products *[4]float32)

func scan(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32 {
	if !hasAVX2 {
		return scanGo(block, tables, offsets, l, estimates)
	}
	_, _ = block[len(tables)+lineSize-1], offsets[blockRows-1]
	kernel := scanAVX2
	if hasAVX512 {
		kernel = scanAVX512
	}
	return kernel(unsafe.SliceData(block), unsafe.SliceData(tables), len(tables)/(2*tableSize), unsafe.SliceData(offsets), &l, estimates)
}

func dot4(query []float32, rows *[4][]float32) (products [4]float32) {
	whole := len(query) &^ 7
	if !hasAVX2 || whole == 0 {
		return dot4Go(query, rows)
	}
	for _, row := range rows {
		_ = row[len(query)-1]
	}
	dot4AVX2(unsafe.SliceData(query), unsafe.SliceData(rows[0]), unsafe.SliceData(rows[1]), unsafe.SliceData(rows[2]), unsafe.SliceData(rows[3]), whole, &products)
	for d := whole; d < len(query); d++ {
		for i := range products {
			products[i] += query[d] * rows[i][d]
		}
	}
	return products
}
