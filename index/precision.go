package index

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Precision is how the numbers of a row are stored. A score is exact over the rows as stored.
type Precision string

// The precisions there are.
const (
	Float32 Precision = "float32"
	Float16 Precision = "float16" // half the disk; 11 bits of each number are kept
	Int8    Precision = "int8"    // a quarter: the codes alone, and one float32 a row that scales them
)

// ParsePrecision is the precision of a name.
func ParsePrecision(name string) (Precision, error) {
	p := Precision(name)
	if p != Float32 && p != Float16 && p != Int8 {
		return "", fmt.Errorf("precision: want %s, %s or %s, got %q", Float32, Float16, Int8, name)
	}
	return p, nil
}

// rowsFile is the file the rows are in, and size the bytes of a number in it; Int8 has its codes only.
func (p Precision) rowsFile() (name string, size int) {
	if p == Float16 {
		return "vectors.f16", 2
	}
	return vectorsFile, floatSize
}

// appendRow appends a row as it is stored, and sets row to what it then stands for.
func (p Precision) appendRow(to []byte, row []float32) []byte {
	for d, x := range row {
		if p == Float16 {
			half := toHalf(x)
			row[d] = fromHalf(half)
			to = binary.LittleEndian.AppendUint16(to, half)
			continue
		}
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(x))
	}
	return to
}

// toHalf is the float16 next to x, to even where two are; what is too large becomes infinite.
// Source: IEEE 754-2008, binary16.
func toHalf(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	switch magnitude := bits & 0x7fffffff; {
	case magnitude >= 0x47800000: // from 65536 on
		return sign | 0x7c00
	case magnitude < 0x38800000: // below 2^-14 the numbers are multiples of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(magnitude))*0x1p24))
	default:
		rounded := magnitude + 0xfff + magnitude>>13&1
		return sign | uint16((rounded-0x38000000)>>13)
	}
}

// fromHalf is exact.
func fromHalf(half uint16) float32 {
	sign, exponent, fraction := uint32(half&0x8000)<<16, uint32(half>>10&0x1f), uint32(half&0x3ff)
	switch exponent {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	default:
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	}
}
