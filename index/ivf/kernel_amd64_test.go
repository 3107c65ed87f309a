package ivf

import "unsafe"

type scanFunc = func(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32

// scans are the scans that this processor has.
var scans = map[string]scanFunc{"scan": scan}

func init() {
	inAssembly := func(kernel func(block, tables *byte, pairs int, offsets *float32, l *line, estimates *[blockRows]float32) uint32) scanFunc {
		return func(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32 {
			return kernel(unsafe.SliceData(block), unsafe.SliceData(tables), len(tables)/(2*tableSize), unsafe.SliceData(offsets), &l, estimates)
		}
	}
	if hasAVX2 {
		scans["AVX2"] = inAssembly(scanAVX2)
	}
	if hasAVX512 {
		scans["AVX-512"] = inAssembly(scanAVX512)
	}
}
