package embedded

import (
	"strings"
	"unicode/utf8"
)

// answerText grows token by token. It never shows half a character, nor text
// that may turn out to be the beginning of a stop string.
type answerText struct {
	stops   []string
	whole   []byte
	shown   int // bytes of whole already handed out
	stopped bool
}

// add appends a token's bytes and returns the text that has become certain.
func (a *answerText) add(piece []byte) string {
	from := len(a.whole)
	a.whole = append(a.whole, piece...)
	for _, stop := range a.stops {
		// The stop string may have begun in an earlier token, but not before what is shown.
		start := max(a.shown, from-len(stop)+1)
		if i := strings.Index(string(a.whole[start:]), stop); i >= 0 {
			a.whole = a.whole[:start+i]
			a.stopped = true
		}
	}
	if a.stopped {
		return a.rest()
	}
	return a.show(len(a.whole) - max(a.heldBack(), halfCharacter(a.whole)))
}

// rest returns what is left when generation ends. Bytes that never became a
// character are replaced, as JSON cannot carry them.
func (a *answerText) rest() string {
	return strings.ToValidUTF8(a.show(len(a.whole)), "\uFFFD")
}

func (a *answerText) String() string {
	return strings.ToValidUTF8(string(a.whole), "\uFFFD")
}

func (a *answerText) show(upTo int) string {
	if upTo <= a.shown {
		return ""
	}
	s := string(a.whole[a.shown:upTo])
	a.shown = upTo
	return s
}

// heldBack is the length of the longest end of the text that begins a stop string.
func (a *answerText) heldBack() int {
	longest := 0
	for _, stop := range a.stops {
		for n := min(len(stop)-1, len(a.whole)); n > longest; n-- {
			if strings.HasSuffix(string(a.whole[len(a.whole)-n:]), stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// halfCharacter is the number of bytes at the end of b that begin a UTF-8
// character whose remaining bytes are still to come.
func halfCharacter(b []byte) int {
	for n := 1; n <= min(utf8.UTFMax-1, len(b)); n++ {
		c := b[len(b)-n]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
