package lexical

import (
	"slices"
	"unicode/utf16"
)

// stem is the Porter stem of a lower-case word, as Lucene's PorterStemFilter
// has it: with the author's later changes, -bli for -abli and -logi, and with
// words of one or two characters left alone. What is not a, e, i, o, u or y is a consonant.
// Source: M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980; Lucene's PorterStemmer.java.
func stem(word string) string {
	if len(word) < 3 {
		return word
	}
	s := stemmer(utf16.Encode([]rune(word))) // lengths count as Java counts them
	if len(s) < 3 {
		return word
	}
	s.plural()
	s.pastOrGerund()
	s.finalY()
	s.replaceFirst(doubleSuffixes)
	s.replaceFirst(lastSuffixes)
	s.residue()
	s.finalE()
	return string(utf16.Decode(s))
}

type stemmer []uint16

// suffix is an ending and what stands in for it.
type suffix struct{ from, to string }

// doubleSuffixes are those of step 2: the first that fits is replaced, if what is before it has a measure.
var doubleSuffixes = []suffix{
	{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"}, {"bli", "ble"}, {"alli", "al"},
	{"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}, {"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}, {"alism", "al"},
	{"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"}, {"logi", "log"},
}

// lastSuffixes are those of step 3.
var lastSuffixes = []suffix{
	{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""},
}

// residues are the endings that step 4 takes from longer words.
var residues = []string{
	"al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize",
}

func (s stemmer) ends(ending string) bool {
	if len(s) < len(ending) {
		return false
	}
	for i := range len(ending) {
		if s[len(s)-len(ending)+i] != uint16(ending[i]) {
			return false
		}
	}
	return true
}

// without is the word but for the last n characters.
func (s stemmer) without(n int) stemmer { return s[:len(s)-n] }

func (s *stemmer) replace(n int, with string) {
	*s = s.without(n)
	for i := range len(with) {
		*s = append(*s, uint16(with[i]))
	}
}

func (s stemmer) consonant(i int) bool {
	switch s[i] {
	case 'a', 'e', 'i', 'o', 'u':
		return false
	case 'y':
		return i == 0 || !s.consonant(i-1)
	}
	return true
}

// measure counts the times a consonant follows a vowel: tree 0, trouble 1, oaten 2.
func (s stemmer) measure() int {
	n := 0
	vowel := false
	for i := range s {
		consonant := s.consonant(i)
		if consonant && vowel {
			n++
		}
		vowel = !consonant
	}
	return n
}

func (s stemmer) hasVowel() bool {
	for i := range s {
		if !s.consonant(i) {
			return true
		}
	}
	return false
}

func (s stemmer) endsDouble() bool {
	n := len(s)
	return n >= 2 && s[n-1] == s[n-2] && s.consonant(n-1)
}

// endsShort tells an ending of consonant, vowel and consonant other than w, x and y: hop, not snow.
func (s stemmer) endsShort() bool {
	n := len(s)
	if n < 3 || !s.consonant(n-1) || s.consonant(n-2) || !s.consonant(n-3) {
		return false
	}
	return s[n-1] != 'w' && s[n-1] != 'x' && s[n-1] != 'y'
}

// plural is step 1a.
func (s *stemmer) plural() {
	switch {
	case s.ends("sses"), s.ends("ies"):
		*s = s.without(2)
	case s.ends("s") && !s.ends("ss"):
		*s = s.without(1)
	}
}

// pastOrGerund is step 1b.
func (s *stemmer) pastOrGerund() {
	switch {
	case s.ends("eed"):
		if s.without(3).measure() > 0 {
			*s = s.without(1)
		}
		return
	case s.ends("ed") && s.without(2).hasVowel():
		*s = s.without(2)
	case s.ends("ing") && s.without(3).hasVowel():
		*s = s.without(3)
	default:
		return
	}
	switch {
	case s.ends("at"), s.ends("bl"), s.ends("iz"):
		s.replace(0, "e")
	case s.endsDouble():
		if !s.ends("l") && !s.ends("s") && !s.ends("z") {
			*s = s.without(1)
		}
	case s.measure() == 1 && s.endsShort():
		s.replace(0, "e")
	}
}

// finalY is step 1c.
func (s *stemmer) finalY() {
	if s.ends("y") && s.without(1).hasVowel() {
		s.replace(1, "i")
	}
}

// replaceFirst is step 2 or 3.
func (s *stemmer) replaceFirst(suffixes []suffix) {
	for _, suffix := range suffixes {
		if s.ends(suffix.from) {
			if s.without(len(suffix.from)).measure() > 0 {
				s.replace(len(suffix.from), suffix.to)
			}
			return
		}
	}
}

// residue is step 4.
func (s *stemmer) residue() {
	at := slices.IndexFunc(residues, func(r string) bool {
		return s.ends(r) && (r != "ion" || s.ends("sion") || s.ends("tion"))
	})
	if at < 0 {
		return
	}
	if bare := s.without(len(residues[at])); bare.measure() > 1 {
		*s = bare
	}
}

// finalE is step 5.
func (s *stemmer) finalE() {
	if s.ends("e") {
		if bare := s.without(1); bare.measure() > 1 || bare.measure() == 1 && !bare.endsShort() {
			*s = bare
		}
	}
	if s.ends("ll") && s.measure() > 1 {
		*s = s.without(1)
	}
}
