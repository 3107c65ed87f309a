package lexical

import (
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// maxWord is Lucene's longest word, in UTF-16 units; a longer one is cut into several.
const maxWord = 255

// words are the words of a text as Lucene's StandardTokenizer finds them: by
// UAX #29's rules, with the stretches between words left out, a stretch of
// South East Asian text kept whole, and emoji as words.
// Source: StandardTokenizerImpl.jflex of Lucene 9.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		table := classes()
		for len(text) > 0 {
			c, width := table.at(text, 0)
			if c == 0 { // in no word
				text = text[width:]
				continue
			}
			near := text[:min(len(text), maxWord*utf8.UTFMax)]
			length := plain(table, near)
			if length == 0 {
				length = longest(table, near)
			}
			if length > maxWord {
				length = longest(table, near[:unitsOf(near, maxWord)])
			}
			if length == 0 {
				text = text[width:]
				continue
			}
			if !yield(text[:length]) {
				return
			}
			text = text[length:]
		}
	}
}

// plain is the length of a word of ASCII letters and digits that the text
// begins with, 0 where what follows it has a say in where it ends.
func plain(table *classTable, text string) int {
	i := 0
	for i < len(text) && text[i] < 0x80 && table[0][text[i]]&(letter|number) != 0 {
		i++
	}
	if i < len(text) && (text[i] >= 0x80 || table[0][text[i]] != 0) {
		return 0
	}
	return i
}

// unitsOf is how many bytes of text make n UTF-16 units, or fewer where a character would be cut.
func unitsOf(text string, n int) int {
	for i, r := range text {
		if n -= utf16.RuneLen(r); n < 0 {
			return i
		}
	}
	return len(text)
}

// longest is the length of the longest word that the text begins with, 0 for none.
func longest(table *classTable, text string) int {
	return max(wordLength(table, text), runLength(table, text, complexText, len(text)), runLength(table, text, single, 1),
		pairLength(table, text), keycapLength(table, text), emojiLength(table, text))
}

// runLength is the length of up to most characters of a class, ignored ones not counted.
func runLength(table *classTable, text string, of class, most int) int {
	i := 0
	for n := 0; i < len(text); {
		c, width := table.at(text, i)
		switch {
		case c&of != 0 && n < most:
			n++
		case c&ignored == 0 || n == 0:
			return i
		}
		i += width
	}
	return i
}

// pairLength is the length of a flag, which is a pair of letters.
func pairLength(table *classTable, text string) int {
	first := runLength(table, text, flag, 1)
	if second := runLength(table, text[first:], flag, 1); second > 0 {
		return first + second
	}
	return 0
}

// state is where in a word of letters and numbers we are.
type state int

const (
	nowhere state = iota
	leading       // after connectors only
	inLetters
	inHebrew
	afterHebrew // the second half of a Hebrew pair joined by a double quote
	hebrewQuote
	hebrewDouble
	betweenLetters
	inNumber
	betweenNumbers
	inKatakana
	connected
)

func (s state) complete() bool {
	switch s {
	case nowhere, leading, hebrewDouble, betweenLetters, betweenNumbers:
		return false
	}
	return true
}

// after is the state once a character of class c was seen, nowhere where it ends the word.
func (s state) after(c class) state {
	switch s {
	case betweenLetters:
		return given(c&(letter|hebrew) != 0, inLetters)
	case betweenNumbers:
		return given(c&number != 0, inNumber)
	case hebrewDouble:
		return given(c&hebrew != 0, afterHebrew)
	}
	switch {
	case c&connector != 0:
		if s == nowhere || s == leading {
			return leading
		}
		return connected
	case c&katakana != 0:
		return given(s == nowhere || s == leading || s == connected || s == inKatakana, inKatakana)
	case s == inKatakana:
		return nowhere
	case c&hebrew != 0:
		return inHebrew
	case c&letter != 0:
		return inLetters
	case c&number != 0:
		return inNumber
	case s == inHebrew && c&quote != 0:
		return hebrewQuote
	case s == inHebrew && c&doubleQuote != 0:
		return hebrewDouble
	case (s == inLetters || s == inHebrew) && c&midLetter != 0:
		return betweenLetters
	case s == inNumber && c&midNumber != 0:
		return betweenNumbers
	}
	return nowhere
}

func given(ok bool, s state) state {
	if ok {
		return s
	}
	return nowhere
}

// wordLength is the length of a word of letters, numbers and what joins them.
func wordLength(table *classTable, text string) int {
	end := 0
	for i, s := 0, nowhere; i < len(text); {
		c, width := table.at(text, i)
		if s == nowhere || c&ignored == 0 {
			if s = s.after(c); s == nowhere {
				break
			}
		}
		i += width
		if s.complete() {
			end = i
		}
	}
	return end
}
