package lexical

import "strings"

// stopWords are those of Lucene's EnglishAnalyzer.
var stopWords = func() map[string]bool {
	stop := make(map[string]bool)
	for _, word := range strings.Fields(`a an and are as at be but by for if in into is it no not of on or such
		that the their then there these they this to was will with`) {
		stop[word] = true
	}
	return stop
}()

// Tokens are the terms of an English text, in its order, as Lucene's
// EnglishAnalyzer makes them, which is Anserini's default too: the words by
// UAX #29, a possessive 's taken off, lower case, stop words left out, and
// Porter's stems.
func Tokens(text string) []string {
	var tokens []string
	for word := range words(text) {
		if t := term(word); t != "" {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// term is what a word is indexed as, "" for a stop word.
func term(word string) string {
	word = strings.ToLower(withoutPossessive(word))
	if stopWords[word] {
		return ""
	}
	return stem(word)
}

func withoutPossessive(word string) string {
	rest := strings.TrimRight(word, "sS")
	if len(rest) != len(word)-1 {
		return word
	}
	for _, apostrophe := range []string{"'", "\u2019", "\uFF07"} {
		if bare, ok := strings.CutSuffix(rest, apostrophe); ok {
			return bare
		}
	}
	return word
}
