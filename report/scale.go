package report

import (
	"math"
	"strconv"
	"strings"
)

// scale maps values to places in a picture.
type scale struct {
	low, high float64
	from, to  float64
}

// tickCount is about how many ticks an axis has.
const tickCount = 5

func (s scale) at(v float64) float64 { return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from) }

// over is the scale that holds these values; without any it is that of 0 to 1.
func (s scale) over(values ...float64) scale {
	s.low, s.high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.low, s.high = min(s.low, v), max(s.high, v)
		}
	}
	switch {
	case s.low > s.high:
		s.low, s.high = 0, 1
	case s.low == s.high:
		s.low, s.high = s.low-0.5, s.high+0.5
	}
	return s
}

// ticks are round values within the scale.
func (s scale) ticks() []float64 { return s.about(tickCount) }

// about are so many round values, more or less.
func (s scale) about(count float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/count)))
	for _, times := range []float64{2, 2.5, 2} {
		if (s.high-s.low)/step > count+1 {
			step *= times
		}
	}
	var list []float64
	for k := math.Ceil(s.low/step - 1e-9); k*step <= s.high+1e-9*step; k++ {
		list = append(list, k*step)
	}
	return list
}

// number is a tick's text.
func number(v float64) string {
	v = math.Round(v*1e9) / 1e9
	if v == 0 {
		v = 0 // no minus
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// minus is a number's text with a minus sign as wide as a plus.
func minus(text string) string { return strings.ReplaceAll(text, "-", "−") }

// significant is a value in a sentence.
func significant(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
