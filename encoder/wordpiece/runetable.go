package wordpiece

import "unicode/utf8"

// normalization is the BertNormalizer of a tokenizer.json: which steps are on.
type normalization struct {
	cleanText    bool // remove control characters
	chinese      bool // make each CJK ideograph a word
	stripAccents bool // decompose, then drop nonspacing marks
	lowercase    bool
}

// kind is the part a character plays once normalised.
type kind uint8

const (
	kindWord    kind = iota // belongs to a word as it is
	kindReplace             // belongs to a word as its replacement
	kindHangul              // belongs to a word as its jamo
	kindMark                // ends in a mark that accents stripping leaves: marks after it may have to go before it
	kindSpace               // separates words
	kindPunct               // is a word of its own
	kindHan                 // is a word of its own, by spaces put around it
	kindControl             // removed before anything else sees it
	kindStrip               // removed once decomposed and ordered
)

// entry is a character's kind and, shifted by 4, the index of its replacement, 0 for itself.
type entry uint32

func (e entry) kind() kind       { return kind(e & 15) }
func (e entry) replacement() int { return int(e >> 4) }

// runeTable holds for each code point what one normalization makes of it.
type runeTable struct {
	pages
	replacements []string // [0] is unused
	class        map[rune]uint8
	ascii        [256]asciiEntry
}

// asciiEntry is a byte's kind and, in the low 8 bits, the byte that words take
// for it; noByte where none. Bytes of longer characters are notASCII.
type asciiEntry uint16

const (
	noByte   = 0xFE // in no UTF-8 text, so no edge of the trie
	notASCII = kind(15)
)

func (e asciiEntry) kind() kind { return kind(e >> 8) }

// newRuneTable compiles the steps of a normalization into one lookup a character.
func newRuneTable(n normalization) *runeTable {
	d := loadUnicode()
	t := &runeTable{pages: newPages(entry(kindWord)), replacements: []string{""}, class: d.class}
	for _, s := range d.punct {
		t.fill(s, entry(kindPunct))
	}
	for _, s := range d.space {
		t.fill(s, entry(kindSpace))
	}
	if n.lowercase {
		for _, m := range d.lower {
			t.replace(m.from, m.to)
		}
	}
	if n.stripAccents {
		t.stripAccents(d, n.lowercase)
	}
	if n.chinese {
		for _, s := range d.han {
			t.markHan(s)
		}
	}
	if n.cleanText {
		t.replacements = append(t.replacements, " ")
		for _, s := range d.space {
			t.fill(s, entry(len(t.replacements)-1)<<4|entry(kindSpace))
		}
		for _, s := range d.control {
			t.fill(s, entry(kindControl))
		}
	}
	t.compileASCII()
	t.share()
	return t
}

// stripAccents lays decomposition and the loss of marks over a table that has punctuation, spaces and lower case.
func (t *runeTable) stripAccents(d *unicodeData, lowercase bool) {
	lower := make(map[rune]string)
	if lowercase {
		for _, m := range d.lower {
			lower[m.from] = m.to
		}
	}
	t.fill(span{hangulFirst, hangulLast}, entry(kindHangul))
	for r := range d.class {
		t.set(r, entry(kindMark))
	}
	for _, s := range d.mark {
		t.fill(s, entry(kindStrip))
	}
	for _, m := range d.strip {
		to := ""
		for _, r := range m.to {
			if l, ok := lower[r]; ok {
				to += l
			} else {
				to += string(r)
			}
		}
		t.replace(m.from, to)
	}
}

// replace makes a character the text that stands for it. The table holds the kinds of its characters already.
func (t *runeTable) replace(from rune, to string) {
	first, size := utf8.DecodeRuneInString(to)
	last, _ := utf8.DecodeLastRuneInString(to)
	k := kindReplace
	switch {
	case t.lookup(last).kind() == kindMark:
		k = kindMark
	case len(to) == size && t.lookup(first).kind() == kindPunct:
		k = kindPunct
	case len(to) == size && t.lookup(first).kind() == kindSpace:
		k = kindSpace
	}
	t.replacements = append(t.replacements, to)
	t.set(from, entry(len(t.replacements)-1)<<4|entry(k))
}

// markHan keeps the replacements: compatibility ideographs decompose.
func (t *runeTable) markHan(s span) {
	for r := s.first; r <= s.last; r++ {
		t.set(r, t.lookup(r)&^15|entry(kindHan))
	}
}

func (t *runeTable) compileASCII() {
	for b := range t.ascii {
		if b >= utf8.RuneSelf {
			t.ascii[b] = asciiEntry(notASCII)<<8 | noByte
			continue
		}
		switch e := t.lookup(rune(b)); e.kind() {
		case kindWord:
			t.ascii[b] = asciiEntry(kindWord)<<8 | asciiEntry(b)
		case kindReplace: // a capital
			t.ascii[b] = asciiEntry(kindWord)<<8 | asciiEntry(t.replacements[e.replacement()][0])
		default:
			t.ascii[b] = asciiEntry(e.kind())<<8 | noByte
		}
	}
}
