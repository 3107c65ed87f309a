package index

import "golang.org/x/sys/cpu"

// fastKernels are those for what the processor has: AVX2, FMA and F16C (2013), AVX-512 (2017) and its VNNI (2019).
func fastKernels() kernels {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return portable
	}
	k := kernels{
		dot:      func(query, row []float32, lanes *[lanes]float64) { dotAVX2(&query[0], &row[0], len(query), lanes) },
		distance: func(query, row []float32, lanes *[lanes]float64) { distanceAVX2(&query[0], &row[0], len(query), lanes) },
		scan:     scan,
		halves:   widen,
		tile:     tile{rows: 6, width: 16, run: tile6x16},
	}
	if cpu.X86.HasAVX512F {
		k.tile = tile{rows: 8, width: 48, run: tile8x48}
		if cpu.X86.HasAVX512VNNI {
			k.codeTile = codeTileFast
		}
	}
	return k
}

func scan(weights []int16, codes []byte, sums []int32) {
	if len(sums) > 0 {
		scanAVX2(&weights[0], &codes[0], len(weights), len(sums), &sums[0])
	}
}

// widen takes eight at a time.
func widen(halves []byte, values []float32) {
	whole := len(values) / 8 * 8
	if whole > 0 {
		halvesF16C(&halves[0], &values[0], whole)
	}
	halvesPortable(halves[2*whole:], values[whole:])
}

func tile6x16(panel, rows []float32, dim int, start, limits, out []float32, masks []uint16) bool {
	return tileAVX2(&panel[0], &rows[0], dim, &start[0], &limits[0], &out[0], &masks[0]) != 0
}

func tile8x48(panel, rows []float32, dim int, start, limits, out []float32, masks []uint16) bool {
	return tileAVX512(&panel[0], &rows[0], dim, &start[0], &limits[0], &out[0], &masks[0]) != 0
}

func codeTileFast(weights []int8, codes []byte, width int, rows []rowTerms, queries *codeTerms, limits, out []float32, masks []uint16) bool {
	return codeTileVNNI(&weights[0], &codes[0], width, &rows[0], queries, &limits[0], &out[0], &masks[0]) != 0
}

// dotAVX2 and distanceAVX2 take n values, a multiple of 16.
//
//go:noescape
func dotAVX2(query, row *float32, n int, lanes *[lanes]float64)

//go:noescape
func distanceAVX2(query, row *float32, n int, lanes *[lanes]float64)

// scanAVX2 takes rows of width codes, a multiple of 32.
//
//go:noescape
func scanAVX2(weights *int16, codes *byte, width, rows int, sums *int32)

// halvesF16C widens n values, a multiple of 8.
//
//go:noescape
func halvesF16C(halves *byte, values *float32, n int)

// tileAVX2 is a tile of 6 rows and 16 queries.
//
//go:noescape
func tileAVX2(panel, rows *float32, dim int, start, limits, out *float32, masks *uint16) (any int)

// tileAVX512 is a tile of 8 rows and 48 queries.
//
//go:noescape
func tileAVX512(panel, rows *float32, dim int, start, limits, out *float32, masks *uint16) (any int)

// codeTileVNNI takes rows of width codes, a multiple of 32.
//
//go:noescape
func codeTileVNNI(weights *int8, codes *byte, width int, rows *rowTerms, queries *codeTerms, limits, out *float32, masks *uint16) (any int)
