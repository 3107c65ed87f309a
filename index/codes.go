package index

import (
	"encoding/binary"
	"math"
)

// Every row has a code: each number divided by the row's scale, rounded, and
// 128 added, in one byte. The codes are a quarter of the rows' bytes; a search
// reads them in place of the rows, and of the rows only those that may be
// among the best by what is known of the rounding. docs/search.md has the proof.

const (
	codesFile  = "codes.u8"
	boundsFile = "bounds.f32"

	codeZero  = 128
	codeMax   = 127
	codeGroup = 32 // a row's codes are filled up with zeros to a multiple
	boundSize = 12
)

// bound is what is known of a row besides its code.
type bound struct {
	scale  float32 // the row is nearly scale·(code-128)
	rest   float32 // the length of what is missing, or a little more
	length float32 // of the row, or a little more
}

func stride(dim int) int { return (dim + codeGroup - 1) / codeGroup * codeGroup }

// appendCode appends a row's code and sets its bound. The code of scaled rows
// (Cosine) of Int8 is that of the direction: its scale gives it length 1.
func appendCode(to []byte, row []float32, p Precision, s Similarity) ([]byte, bound) {
	largest := 0.0
	for _, x := range row {
		largest = max(largest, math.Abs(float64(x)))
	}
	scale := float32(largest / codeMax)
	if scale < 0x1p-100 {
		scale = 0
	}
	start, squares := len(to), 0
	for _, x := range row {
		code := 0
		if scale > 0 {
			code = min(codeMax, max(-codeMax, int(math.RoundToEven(float64(x)/float64(scale)))))
		}
		squares += code * code
		to = append(to, byte(code+codeZero))
	}
	codes := to[start:]
	for len(to)-start < stride(len(row)) {
		to = append(to, codeZero)
	}
	if p == Int8 {
		if s == Cosine && squares > 0 {
			scale = float32(1 / math.Sqrt(float64(squares)))
		}
		decode(codes, scale, row)
	}
	rest := 0.0
	for d, x := range row {
		missing := float64(x) - float64(scale)*(float64(codes[d])-codeZero)
		rest += missing * missing
	}
	return to, bound{scale, up(math.Sqrt(rest) * longer), up(norm(row) * longer)}
}

// decode sets row to what the codes stand for in an Int8 folder.
func decode(codes []byte, scale float32, row []float32) {
	for d := range row {
		row[d] = scale * (float32(codes[d]) - codeZero)
	}
}

func (b bound) append(to []byte) []byte {
	for _, x := range []float32{b.scale, b.rest, b.length} {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(x))
	}
	return to
}
