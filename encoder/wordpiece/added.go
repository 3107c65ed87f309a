package wordpiece

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a text that is a token wherever it stands, such as "[MASK]".
// Its lstrip and rstrip need no care here: they take up spaces, which make no tokens.
type addedToken struct {
	content    string
	id         int32
	singleWord bool // only where no word character touches it
}

// addedTokens finds the leftmost, then longest of a set of tokens.
type addedTokens struct {
	byFirst map[byte][]addedToken // longest first
	first   string                // the keys of byFirst
}

func newAddedTokens(tokens []addedToken) addedTokens {
	a := addedTokens{byFirst: make(map[byte][]addedToken)}
	for _, t := range tokens {
		a.byFirst[t.content[0]] = append(a.byFirst[t.content[0]], t)
	}
	for b, list := range a.byFirst {
		a.first += string([]byte{b})
		slices.SortStableFunc(list, func(x, y addedToken) int { return len(y.content) - len(x.content) })
	}
	return a
}

// find returns where the next token at or after text[from] starts and ends, and its id; the text's end twice if there is none.
func (a *addedTokens) find(text string, from int) (start, end int, id int32) {
	for at := from; ; {
		next := a.index(text[at:])
		if next < 0 {
			return len(text), len(text), 0
		}
		at += next
		t, ok := a.longest(text[at:])
		if !ok {
			at++
			continue
		}
		end := at + len(t.content)
		if t.singleWord && touchesWord(text, at, end) {
			at = end // as the Rust library: no token may begin inside the one let go
			continue
		}
		return at, end, t.id
	}
}

// index returns where the first byte of some token is; -1 if nowhere.
func (a *addedTokens) index(text string) int {
	switch len(a.first) {
	case 0:
		return -1
	case 1:
		return strings.IndexByte(text, a.first[0])
	}
	for i := range len(text) {
		if strings.IndexByte(a.first, text[i]) >= 0 {
			return i
		}
	}
	return -1
}

func (a *addedTokens) longest(text string) (addedToken, bool) {
	for _, t := range a.byFirst[text[0]] {
		if strings.HasPrefix(text, t.content) {
			return t, true
		}
	}
	return addedToken{}, false
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
