package bpe

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// class is what ByteLevel's pattern tells characters apart by.
type class uint8

const (
	other class = iota
	letter
	number
	space
)

// classesText has the ranges of the classes: Go's tables are of another Unicode version than the Rust library's.
//
//go:embed classes.txt
var classesText string

// classes has the class of each code point.
type classes [unicode.MaxRune + 1]class

// loadClasses parses the embedded table once.
var loadClasses = sync.OnceValue(func() *classes {
	c := new(classes)
	names := map[string]class{"letter": letter, "number": number, "space": space}
	for line := range strings.Lines(classesText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var first, last rune
		if n, err := fmt.Sscanf(line, "%s %X..%X", &name, &first, &last); n != 3 || err != nil || names[name] == other {
			panic("bpe: classes.txt: " + line) // embedded at build time, held by a test
		}
		for r := first; r <= last; r++ {
			c[r] = names[name]
		}
	}
	return c
})

// of is the class and the size of the character at text[i].
func (c *classes) of(text string, i int) (class, int) {
	if text[i] < utf8.RuneSelf {
		return c[text[i]], 1
	}
	r, size := utf8.DecodeRuneInString(text[i:])
	return c[r], size
}

// wordEnd returns where the word that begins at text[at] ends: the match of
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func (c *classes) wordEnd(text string, at int) int {
	if n := contraction(text[at:]); n > 0 {
		return at + n
	}
	from := at
	if text[at] == ' ' && at+1 < len(text) {
		from++
	}
	kind, size := c.of(text, from)
	if kind != space {
		return c.runEnd(text, from+size, kind)
	}
	end := c.runEnd(text, at, space)
	if end == len(text) {
		return end
	}
	// The last of several spaces belongs to what comes after them.
	if _, size := utf8.DecodeLastRuneInString(text[:end]); end-size > at {
		return end - size
	}
	return end
}

// runEnd returns where the characters of a class end that begin at text[i].
func (c *classes) runEnd(text string, i int, kind class) int {
	for i < len(text) {
		k, size := c.of(text, i)
		if k != kind {
			break
		}
		i += size
	}
	return i
}

// contraction is the length of 's, 't, 're, 've, 'm, 'll or 'd at the text's beginning; 0 where there is none.
func contraction(text string) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) > 2 {
		switch text[1:3] {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}
