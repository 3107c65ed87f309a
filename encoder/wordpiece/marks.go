package wordpiece

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// The Hangul syllables, whose decomposition is arithmetic: The Unicode Standard, section 3.12.
const (
	hangulFirst, hangulLast = 0xAC00, 0xD7A3
	leadFirst               = 0x1100
	vowelFirst, vowelCount  = 0x1161, 21
	trailFirst, trailCount  = 0x11A7, 28
	syllablesOfLead         = vowelCount * trailCount
)

// jamo returns the two or three letters of a Hangul syllable; the last is 0 where there are two.
func jamo(r rune) [3]rune {
	n := r - hangulFirst
	letters := [3]rune{leadFirst + n/syllablesOfLead, vowelFirst + n%syllablesOfLead/trailCount, 0}
	if trail := n % trailCount; trail > 0 {
		letters[2] = trailFirst + trail
	}
	return letters
}

// markRun reads, from text[i] on, a character of kindMark and the marks that
// follow it. It returns what stays of them in canonical order, and the index
// behind them. Marks that go out take part in nothing but where the run ends.
func (t *runeTable) markRun(text string, i int) (ordered []rune, next int) {
	starters := 0
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		e := t.lookup(r)
		switch {
		case e.kind() == kindControl:
		case e.kind() == kindStrip && t.class[r] != 0:
		case e.kind() == kindMark && e.replacement() == 0:
			ordered = append(ordered, r)
		case e.kind() == kindMark && len(ordered) == 0:
			for _, to := range t.replacements[e.replacement()] {
				if t.class[to] == 0 {
					starters++
				}
				ordered = append(ordered, to)
			}
		default:
			return t.order(ordered, starters), i
		}
		i += size
	}
	return t.order(ordered, starters), i
}

func (t *runeTable) order(run []rune, starters int) []rune {
	slices.SortStableFunc(run[starters:], func(a, b rune) int {
		return cmp.Compare(t.class[a], t.class[b])
	})
	return run
}
