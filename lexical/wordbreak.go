package lexical

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// class is what a character can be to the rules that find words; some are several things.
type class uint16

const (
	letter class = 1 << iota
	hebrew
	number
	katakana
	connector   // joins letters, numbers and katakana, as _ does
	midLetter   // joins letters on both sides
	midNumber   // joins numbers on both sides
	quote       // may end a Hebrew word
	doubleQuote // joins Hebrew letters
	ignored     // goes with the character before it
	complexText // South East Asian: a stretch of it is one word
	single      // Han and hiragana: a word each
	emoji
	flag    // half of one
	keyable // # and *, which a keycap may follow
)

var classNames = map[string]class{
	"letter": letter, "hebrew": hebrew, "number": number, "katakana": katakana, "connector": connector,
	"midletter": midLetter, "midnumber": midNumber, "quote": quote, "doublequote": doubleQuote,
	"ignored": ignored, "complex": complexText, "single": single, "emoji": emoji, "flag": flag,
}

//go:embed wordbreak.txt
var wordbreakText string

const classPage = 256

// classTable has the classes of all code points, in pages; those of no class share one.
type classTable [(utf8.MaxRune + 1) / classPage]*[classPage]class

var classes = sync.OnceValue(func() *classTable {
	table := new(classTable)
	nothing := new([classPage]class)
	for i := range table {
		table[i] = nothing
	}
	for line := range strings.Lines(wordbreakText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		span, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		var first, last rune
		if _, err := fmt.Sscanf(span, "%X..%X", &first, &last); err != nil {
			panic(fmt.Sprintf("wordbreak.txt: %q: %v", line, err))
		}
		var is class
		for _, name := range strings.Fields(names) {
			is |= classNames[name]
		}
		for r := first; r <= last; r++ {
			page := &table[r/classPage]
			if *page == nothing {
				*page = new([classPage]class)
			}
			(*page)[r%classPage] = is
		}
	}
	table[0]['#'], table[0]['*'] = keyable, keyable
	return table
})

// at is the class and the width of the character of text that begins at i.
func (t *classTable) at(text string, i int) (class, int) {
	if c := text[i]; c < utf8.RuneSelf {
		return t[0][c], 1
	}
	r, width := utf8.DecodeRuneInString(text[i:])
	return t[r/classPage][r%classPage], width
}
