//go:build !amd64

package ivf

func scan(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32 {
	return scanGo(block, tables, offsets, l, estimates)
}

func dot4(query []float32, rows *[4][]float32) [4]float32 { return dot4Go(query, rows) }
