package serve

import (
	"unicode"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/lexical"
)

// termsOf are the terms of a text as BM25 counts them: stems, without stop words.
func termsOf(text string) map[string]bool {
	terms := make(map[string]bool)
	for _, term := range lexical.Tokens(text) {
		terms[term] = true
	}
	return terms
}

// mark takes a text apart into pieces, those at odd places (counted from 0)
// being words with one of the terms. Joined they are the text.
func mark(text string, terms map[string]bool) []string {
	var pieces []string
	start := 0                     // of the piece at hand
	known := make(map[string]bool) // words looked at before
	for i := 0; i < len(text); {
		n, shared := wordEnd(text[i:]), false
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text[i:])
		} else {
			word := text[i : i+n]
			var seen bool
			if shared, seen = known[word]; !seen {
				shared = hasTerm(word, terms)
				known[word] = shared
			}
		}
		if shared != (len(pieces)%2 == 1) {
			pieces = append(pieces, text[start:i])
			start = i
		}
		i += n
	}
	return append(pieces, text[start:])
}

func hasTerm(word string, terms map[string]bool) bool {
	for _, term := range lexical.Tokens(word) {
		if terms[term] {
			return true
		}
	}
	return false
}

// wordEnd is the length of the word that a text begins with, 0 where it begins
// with none: letters, marks and digits, and an apostrophe between them.
func wordEnd(text string) int {
	end := 0
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			end = i + utf8.RuneLen(r)
		case (r == '\'' || r == '\u2019') && end == i && i > 0:
		default:
			return end
		}
	}
	return end
}

// excerpt is a text's beginning, cut between words where it can be.
func excerpt(text string) string {
	n, space := 0, 0
	for i, r := range text {
		if n++; n > excerptRunes {
			if space == 0 {
				space = i
			}
			return text[:space] + "…"
		}
		if unicode.IsSpace(r) {
			space = i
		}
	}
	return text
}
