// Package bpe turns text into the token ids of byte-level BPE vocabularies,
// such as RoBERTa's, token for token as Hugging Face's Rust library does:
// ByteLevel's words, BPE, then the special tokens of the post-processor.
//
// Most words are one token, which a table of texts knows. The others are merged
// from their bytes, the pair that was learned first before all others.
package bpe

import (
	"strings"
	"sync"

	"github.com/gradus-ir/gradus/encoder/special"
)

// Tokenizer encodes texts. It is safe for concurrent use.
type Tokenizer struct {
	special.Shell
	bytes        [256]int32       // each byte's token
	merges       map[pair]merge   // what two tokens become
	whole        map[string]int32 // the texts that come to one token
	classes      *classes
	leadingSpace bool           // whether a text that begins without a space is read as with one
	normalized   special.Finder // there is no normaliser: found after the raw ones, in the same text
	mergers      sync.Pool      // *merger
}

// appendPiece appends the tokens of a text that holds no added tokens but normalized ones.
func (t *Tokenizer) appendPiece(dst []int32, text string, limit int) []int32 {
	return t.normalized.Append(dst, text, limit, t.appendWords)
}

// appendWords appends the tokens of a text's words until dst has limit ids or more.
func (t *Tokenizer) appendWords(dst []int32, text string, limit int) []int32 {
	if t.leadingSpace && !strings.HasPrefix(text, " ") {
		text = " " + text
	}
	for at := 0; at < len(text) && len(dst) < limit; {
		end := t.classes.wordEnd(text, at)
		word := text[at:end]
		if id, ok := t.whole[word]; ok {
			dst = append(dst, id)
		} else {
			dst = t.appendMerged(dst, word)
		}
		at = end
	}
	return dst
}
