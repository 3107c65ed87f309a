package special

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is a text that is a token wherever it stands, such as "[MASK]".
type Token struct {
	Content    string
	ID         int32
	SingleWord bool // only where no word character touches it
	// Whether it takes up the spaces before it, or behind it.
	LeftStrip, RightStrip bool
}

// Finder finds the leftmost, then longest of a set of tokens. The zero value finds none.
type Finder struct {
	byFirst map[byte][]Token // longest first
	first   string           // the keys of byFirst
}

// NewFinder makes a finder of tokens, none of whose contents is empty.
func NewFinder(tokens []Token) Finder {
	f := Finder{byFirst: make(map[byte][]Token)}
	for _, t := range tokens {
		f.byFirst[t.Content[0]] = append(f.byFirst[t.Content[0]], t)
	}
	for b, list := range f.byFirst {
		f.first += string([]byte{b})
		slices.SortStableFunc(list, func(x, y Token) int { return len(y.Content) - len(x.Content) })
	}
	return f
}

// Empty tells whether there is nothing to find.
func (f *Finder) Empty() bool { return f.first == "" }

// Find returns where the next token at or after text[from] starts and ends,
// with the spaces it takes up, and its id; the text's end twice if there is none.
func (f *Finder) Find(text string, from int) (start, end int, id int32) {
	for at := from; ; {
		next := f.index(text[at:])
		if next < 0 {
			return len(text), len(text), 0
		}
		at += next
		t, ok := f.longest(text[at:])
		if !ok {
			at++
			continue
		}
		end := at + len(t.Content)
		if t.SingleWord && touchesWord(text, at, end) {
			at = end // as the Rust library: no token may begin inside the one let go
			continue
		}
		if t.LeftStrip {
			at = from + len(strings.TrimRightFunc(text[from:at], unicode.IsSpace))
		}
		if t.RightStrip {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		return at, end, t.ID
	}
}

// Append appends a text's ids to dst until it has limit of them: those of the
// tokens found, and between them what piece appends.
func (f *Finder) Append(dst []int32, text string, limit int, piece func(dst []int32, text string, limit int) []int32) []int32 {
	for at := 0; at < len(text) && len(dst) < limit; {
		start, end, id := f.Find(text, at)
		if start > at {
			dst = piece(dst, text[at:start], limit)
		}
		if end > start && len(dst) < limit {
			dst = append(dst, id)
		}
		at = end
	}
	return dst
}

// index returns where the first byte of some token is; -1 if nowhere.
func (f *Finder) index(text string) int {
	switch len(f.first) {
	case 0:
		return -1
	case 1:
		return strings.IndexByte(text, f.first[0])
	}
	for i := range len(text) {
		if strings.IndexByte(f.first, text[i]) >= 0 {
			return i
		}
	}
	return -1
}

func (f *Finder) longest(text string) (Token, bool) {
	for _, t := range f.byFirst[text[0]] {
		if strings.HasPrefix(text, t.Content) {
			return t, true
		}
	}
	return Token{}, false
}

func touchesWord(text string, start, end int) bool {
	before, size := utf8.DecodeLastRuneInString(text[:start])
	if size > 0 && isWordRune(before) {
		return true
	}
	after, size := utf8.DecodeRuneInString(text[end:])
	return size > 0 && isWordRune(after)
}

// isWordRune is \w of Unicode Technical Standard 18, annex C.
func isWordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}
