package wordpiece

import "unicode/utf8"

// appendNormalized appends the text as the Rust library's BertNormalizer leaves it.
func (t *runeTable) appendNormalized(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		e := t.lookup(r)
		switch e.kind() {
		case kindControl, kindStrip:
		case kindHangul:
			for _, letter := range jamo(r) {
				if letter != 0 {
					dst = utf8.AppendRune(dst, letter)
				}
			}
		case kindMark:
			var run []rune
			run, i = t.markRun(text, i)
			for _, r := range run {
				dst = utf8.AppendRune(dst, r)
			}
			continue
		case kindHan:
			dst = append(t.appendReplaced(append(dst, ' '), r, e), ' ')
		default:
			dst = t.appendReplaced(dst, r, e)
		}
		i += size
	}
	return dst
}

func (t *runeTable) appendReplaced(dst []byte, r rune, e entry) []byte {
	if e.replacement() > 0 {
		return append(dst, t.replacements[e.replacement()]...)
	}
	return utf8.AppendRune(dst, r)
}
