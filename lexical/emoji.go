package lexical

import "strings"

const (
	zeroWidthJoiner   = "\u200D"
	textPresentation  = "\uFE0E"
	emojiPresentation = "\uFE0F"
	keycap            = "\u20E3"
)

// emojiLength is the length of a sequence of emoji that zero-width joiners make one.
func emojiLength(table *classTable, text string) int {
	end, i := 0, 0
	joined := true     // an emoji may stand here
	presented := false // by U+FE0F, after which only a joiner may come
	tone := false      // there is nothing but a skin tone
	for i < len(text) {
		c, width := table.at(text, i)
		character := text[i : i+width]
		switch {
		case c&emoji != 0 && c&ignored != 0 && end == 0 && i > 0:
			return 0 // a skin tone of its own takes no joiner
		case c&emoji != 0 && (joined || c&ignored != 0 && !presented):
			tone = c&ignored != 0 && (end == 0 || tone)
			joined, presented = false, false
			end = i + width
		case character == zeroWidthJoiner:
			if joined = true; end > 0 && !presented {
				end = i + width
			}
		case end == 0 || presented || c&ignored == 0 || character == textPresentation, tone && character == emojiPresentation:
			return end
		default:
			joined, presented = false, character == emojiPresentation
			end = i + width
		}
		i += width
	}
	return end
}

// keycapLength is the length of # or * on a keycap; digits on one are numbers to the other rules.
func keycapLength(table *classTable, text string) int {
	if c, _ := table.at(text, 0); c != keyable {
		return 0
	}
	rest := strings.TrimPrefix(withoutAttached(table, text[1:]), emojiPresentation)
	rest, ok := strings.CutPrefix(rest, keycap)
	if !ok {
		return 0
	}
	for strings.HasPrefix(rest, keycap) {
		rest = rest[len(keycap):]
	}
	return len(text) - len(withoutAttached(table, rest))
}

// withoutAttached is text from its first character on that does not go with
// the one before, or that says how it is to look.
func withoutAttached(table *classTable, text string) string {
	for i := 0; i < len(text); {
		c, width := table.at(text, i)
		if character := text[i : i+width]; c&ignored == 0 || character == keycap || character == textPresentation || character == emojiPresentation {
			return text[i:]
		}
		i += width
	}
	return ""
}
