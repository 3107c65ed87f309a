package wordpiece

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// unicodeText says what the Rust library does with each code point; its head
// explains the lines. Go's unicode and x/text/unicode/norm would be of other
// Unicode versions than the three the library mixes.
//
//go:embed unicode.txt
var unicodeText string

// span is a range of code points, both ends included.
type span struct{ first, last rune }

// mapping sends a code point to the text that replaces it.
type mapping struct {
	from rune
	to   string
}

// unicodeData is unicode.txt, parsed.
type unicodeData struct {
	control, space, punct, han, mark []span
	class                            map[rune]uint8 // canonical combining class, where not 0
	strip, lower                     []mapping
}

// loadUnicode parses the embedded table once.
var loadUnicode = sync.OnceValue(func() *unicodeData {
	d, err := parseUnicode(unicodeText)
	if err != nil {
		panic("wordpiece: unicode.txt: " + err.Error()) // embedded at build time, held by a test
	}
	return d
})

func parseUnicode(text string) (*unicodeData, error) {
	d := &unicodeData{class: make(map[rune]uint8)}
	number := 0
	for line := range strings.Lines(text) {
		number++
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if err := d.add(f[0], f[1:]); err != nil {
			return nil, fmt.Errorf("%d: %w", number, err)
		}
	}
	return d, nil
}

func (d *unicodeData) add(kind string, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want a range after %q", kind)
	}
	s, err := parseSpan(args[0])
	if err != nil {
		return err
	}
	switch kind {
	case "control":
		d.control = append(d.control, s)
	case "space":
		d.space = append(d.space, s)
	case "punct":
		d.punct = append(d.punct, s)
	case "han":
		d.han = append(d.han, s)
	case "mark":
		d.mark = append(d.mark, s)
	case "class":
		if len(args) != 2 {
			return fmt.Errorf("want one class, got %q", args[1:])
		}
		class, err := strconv.ParseUint(args[1], 10, 8)
		if err != nil {
			return err
		}
		for r := s.first; r <= s.last; r++ {
			d.class[r] = uint8(class)
		}
	case "strip", "lower":
		to, err := parseRunes(args[1:])
		if err != nil {
			return err
		}
		return d.addMapping(kind, s, to)
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
	return nil
}

// addMapping adds a range that counts up on both sides; only a single code point may become several.
func (d *unicodeData) addMapping(kind string, s span, to []rune) error {
	if len(to) == 0 || len(to) > 1 && s.first != s.last {
		return fmt.Errorf("want one target for %04X..%04X, got %d", s.first, s.last, len(to))
	}
	list := &d.strip
	if kind == "lower" {
		list = &d.lower
	}
	for r := s.first; r <= s.last; r++ {
		*list = append(*list, mapping{r, string(to)})
		to[0]++
	}
	return nil
}

func parseSpan(s string) (span, error) {
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		last = first
	}
	ends, err := parseRunes([]string{first, last})
	if err != nil {
		return span{}, err
	}
	return span{ends[0], ends[1]}, nil
}

func parseRunes(hex []string) ([]rune, error) {
	runes := make([]rune, len(hex))
	for i, h := range hex {
		n, err := strconv.ParseUint(h, 16, 21)
		if err != nil {
			return nil, err
		}
		runes[i] = rune(n)
	}
	return runes, nil
}
