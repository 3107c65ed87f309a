//go:build !amd64

package ivf

var scans = map[string]func(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32{"scan": scan}
