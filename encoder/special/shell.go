package special

import "unicode/utf8"

// Shell is the outside of a subword tokenizer: how it is asked, the special
// tokens around a text, and the added tokens that are found in it as it came.
// What lies between these is the tokenizer's own.
type Shell struct {
	Frame Frame
	Raw   Finder
	Pad   int32
	Size  int
	// Piece appends the ids of a text between added tokens, until dst has limit ids or more.
	Piece func(dst []int32, text string, limit int) []int32
}

// PadID is the id that fills rows up.
func (s *Shell) PadID() int32 { return s.Pad }

// VocabSize is one more than the highest id.
func (s *Shell) VocabSize() int { return s.Size }

// Encode returns the ids of a text between its special tokens, <s> and </s>.
// A positive maxLength keeps the first ids that leave room for these; otherwise
// nothing is cut. Bytes that are not UTF-8 count as U+FFFD.
func (s *Shell) Encode(text string, maxLength int) []int32 {
	const bytesAToken = 4
	size := len(text)/bytesAToken + 8
	if maxLength > 0 {
		size = min(size, maxLength)
	}
	return s.AppendEncode(make([]int32, 0, size), text, maxLength)
}

// AppendEncode appends what Encode returns to dst.
func (s *Shell) AppendEncode(dst []int32, text string, maxLength int) []int32 {
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	return s.Frame.Append(dst, maxLength, func(dst []int32, limit int) []int32 {
		return s.Raw.Append(dst, text, limit, s.Piece)
	})
}
