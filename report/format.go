package report

import (
	"fmt"
	"math"

	"github.com/gradus-ir/gradus/measure"
)

// FormatInterval is the interval of a difference, with signs.
func FormatInterval(i measure.Interval) string {
	return fmt.Sprintf("%+.4f to %+.4f", i.Low, i.High)
}

// FormatP is a p-value of four digits; – where one query is too few to tell.
func FormatP(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.0001:
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// plainInterval is the interval of a mean.
func plainInterval(i measure.Interval) string { return fmt.Sprintf("%.4f–%.4f", i.Low, i.High) }
