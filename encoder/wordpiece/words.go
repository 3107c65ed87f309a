package wordpiece

import "unicode/utf8"

// scan is the state of a pass over a text: the word it is in, and what came before.
type scan struct {
	t     *Tokenizer
	dst   []int32
	limit int    // of len(dst)
	start int    // len(dst) where the word began
	chars int    // of the word
	node  uint32 // rootNode where no word is open
}

// appendWords appends the tokens of a text's words until dst has limit ids.
func (t *Tokenizer) appendWords(dst []int32, text string, table *runeTable, limit int) []int32 {
	s := scan{t: t, dst: dst, limit: limit, start: len(dst)}
	cells, ascii := t.trie.cells, &table.ascii
	for i := 0; i < len(text); {
		// The common case: bytes of a word along the trie. Other bytes are noByte, which no edge has.
		node, from := s.node, i
		base := cells[node].base()
		var e asciiEntry
		for i < len(text) {
			e = ascii[text[i]]
			next := base + uint32(e&0xFF)
			c := cells[next]
			if c.label() != byte(e) {
				break
			}
			node, base = next, c.base()
			i++
		}
		s.node = node
		s.chars += i - from
		if i == len(text) {
			break
		}
		switch e.kind() {
		case kindWord:
			s.feed(byte(e))
			s.chars++
			i++
		case kindControl:
			i++
		case notASCII:
			i = s.character(text, i, table)
		default: // kindSpace, kindPunct
			s.endWord()
			if e.kind() == kindPunct {
				s.feed(text[i])
				s.chars++
				s.endWord()
			}
			i++
		}
		if len(s.dst) >= limit && s.node == rootNode {
			return s.dst
		}
	}
	s.endWord()
	return s.dst
}

// feed takes the next byte of a word, along an edge of the trie or, where there is none, down its failures.
func (s *scan) feed(b byte) {
	trie := s.t.trie
	for {
		if next, ok := trie.child(s.node, b); ok {
			s.node = next
			return
		}
		if s.node == deadNode {
			return
		}
		if s.chars >= s.t.maxWord {
			s.node = deadNode // too long, so unknown; what comes is only counted
			return
		}
		if pops := trie.pops[s.node]; pops != noTokens {
			s.push(pops)
		}
		s.node = trie.fail[s.node]
	}
}

// push appends tokens as far as there is room.
func (s *scan) push(l tokens) {
	if l >= 0 {
		if len(s.dst) < s.limit {
			s.dst = append(s.dst, int32(l))
		}
		return
	}
	ids := s.t.trie.list(l)
	s.dst = append(s.dst, ids[:min(len(ids), s.limit-len(s.dst))]...)
}

// endWord appends what is left of the word, or puts [UNK] in its place.
func (s *scan) endWord() {
	if s.chars == 0 {
		return
	}
	if final := s.t.trie.final[s.node]; final != noTokens && s.chars <= s.t.maxWord {
		s.push(final)
	} else if s.start < s.limit {
		s.dst = append(s.dst[:s.start], s.t.unknown)
	}
	s.node, s.chars, s.start = rootNode, 0, len(s.dst)
}

// word takes the bytes of n characters of a word.
func (s *scan) word(text string, n int) {
	for i := range len(text) {
		s.feed(text[i])
	}
	s.chars += n
}

// rune takes a character of a word, 0 for none.
func (s *scan) rune(r rune) {
	if r == 0 {
		return
	}
	var buf [utf8.UTFMax]byte
	for _, b := range utf8.AppendRune(buf[:0], r) {
		s.feed(b)
	}
	s.chars++
}

// character takes the character at text[i], not an ASCII one, and returns the index behind it.
func (s *scan) character(text string, i int, table *runeTable) int {
	r, size := utf8.DecodeRuneInString(text[i:])
	e := table.lookup(r)
	to := text[i : i+size]
	if e.replacement() > 0 {
		to = table.replacements[e.replacement()]
	} else if r == utf8.RuneError {
		to = "\uFFFD"
	}
	switch e.kind() {
	case kindWord:
		s.word(to, 1)
	case kindReplace:
		s.word(to, utf8.RuneCountInString(to))
	case kindHangul:
		for _, letter := range jamo(r) {
			s.rune(letter)
		}
	case kindMark:
		run, next := table.markRun(text, i)
		for _, r := range run {
			s.rune(r)
		}
		return next
	case kindSpace:
		s.endWord()
	case kindPunct, kindHan:
		s.endWord()
		s.word(to, 1)
		s.endWord()
	default: // kindControl, kindStrip: goes out
	}
	return i + size
}
