// Package special has what the kinds of tokenizer share: the tokens found
// wherever they stand in a text, those put around it, how a text is cut, and
// how a tokenizer.json says all that.
package special

import (
	"math"
	"slices"
)

// Frame is what stands around a text's tokens, and where a text too long is cut.
type Frame struct {
	Before, After []int32
	CutLeft       bool // whether a cut text keeps its last tokens
}

// Append appends the ids of a framed text to dst, at most maxLength where that
// is positive. text appends the text's own until dst has limit ids; it may stop there.
func (f Frame) Append(dst []int32, maxLength int, text func(dst []int32, limit int) []int32) []int32 {
	start := len(dst)
	dst = append(dst, f.Before...)
	limit := math.MaxInt
	if maxLength > 0 {
		limit = start + maxLength - len(f.After)
	}
	switch {
	case limit <= len(dst):
	case f.CutLeft && maxLength > 0:
		own := len(dst)
		dst = text(dst, math.MaxInt)
		if extra := len(dst) - limit; extra > 0 {
			dst = slices.Delete(dst, own, own+extra)
		}
	default:
		dst = text(dst, limit)
		dst = dst[:min(len(dst), limit)]
	}
	dst = append(dst, f.After...)
	if maxLength > 0 && len(dst) > start+maxLength {
		dst = dst[:start+maxLength] // no room for the frame alone
	}
	return dst
}
