// Package wordpiece turns text into the token ids of BERT vocabularies, token
// for token as Hugging Face's Rust library does: BertNormalizer,
// BertPreTokenizer, WordPiece, then the template's special tokens.
//
// A text is read once, byte by byte: a table says what a character becomes, and
// the trie of a vocabulary takes the result without a word ever being copied.
package wordpiece

import (
	"errors"
	"math"
	"slices"
	"sync"
)

// ErrNotWordPiece is what Load wraps when a folder's tokenizer is of another kind.
var ErrNotWordPiece = errors.New("not a BERT WordPiece tokenizer")

// Tokenizer encodes texts. It is safe for concurrent use.
type Tokenizer struct {
	trie           *trie
	table          *runeTable
	unknown        int32
	maxWord        int // characters of a normalised word, beyond which it is unknown
	prefix, suffix []int32
	raw            addedTokens // matched before normalisation
	normalized     addedTokens // matched after it
	identity       *runeTable  // for text that is normalised already; nil without normalized tokens
	padID          int32
	size           int
	maxLength      int
	cutLeft        bool
	scratch        sync.Pool // *[]int32
}

// PadID is the id that fills rows up: the padding's, else [PAD]'s, else 0.
func (t *Tokenizer) PadID() int32 { return t.padID }

// VocabSize is one more than the highest id.
func (t *Tokenizer) VocabSize() int { return t.size }

// MaxLength is the truncation that tokenizer.json asks for, special tokens included; 0 if none.
func (t *Tokenizer) MaxLength() int { return t.maxLength }

// Encode returns the ids of a text between its special tokens, [CLS] and [SEP].
// A positive maxLength keeps the first ids that leave room for these; otherwise nothing is cut.
// Bytes that are not UTF-8 count as U+FFFD, which BERT's normalisation removes.
func (t *Tokenizer) Encode(text string, maxLength int) []int32 {
	buf, _ := t.scratch.Get().(*[]int32)
	if buf == nil {
		buf = new([]int32)
	}
	*buf = t.AppendEncode((*buf)[:0], text, maxLength)
	ids := slices.Clone(*buf)
	t.scratch.Put(buf)
	return ids
}

// AppendEncode appends what Encode returns to dst, without allocating if dst has room for it.
func (t *Tokenizer) AppendEncode(dst []int32, text string, maxLength int) []int32 {
	start := len(dst)
	dst = append(dst, t.prefix...)
	limit := math.MaxInt
	if maxLength > 0 {
		limit = start + maxLength - len(t.suffix)
	}
	switch {
	case limit <= len(dst):
	case t.cutLeft && maxLength > 0:
		dst = t.keepLast(dst, text, limit-len(dst))
	default:
		dst = t.appendTokens(dst, text, limit)
	}
	dst = append(dst, t.suffix...)
	if maxLength > 0 && len(dst) > start+maxLength {
		dst = dst[:start+maxLength] // no room for the special tokens alone
	}
	return dst
}

// keepLast appends the last n tokens of a text.
func (t *Tokenizer) keepLast(dst []int32, text string, n int) []int32 {
	start := len(dst)
	dst = t.appendTokens(dst, text, math.MaxInt)
	if extra := len(dst) - start - n; extra > 0 {
		dst = slices.Delete(dst, start, start+extra)
	}
	return dst
}

// appendTokens appends the tokens of a text, without special ones around it, until dst has limit ids.
func (t *Tokenizer) appendTokens(dst []int32, text string, limit int) []int32 {
	for at := 0; at < len(text) && len(dst) < limit; {
		start, end, id := t.raw.find(text, at)
		dst = t.appendPiece(dst, text[at:start], limit)
		if end > start && len(dst) < limit {
			dst = append(dst, id)
		}
		at = end
	}
	return dst
}

// appendPiece appends the tokens of a text that holds no added tokens but normalized ones.
func (t *Tokenizer) appendPiece(dst []int32, text string, limit int) []int32 {
	if t.identity == nil {
		return t.appendWords(dst, text, t.table, limit)
	}
	text = string(t.table.appendNormalized(nil, text))
	for at := 0; at < len(text) && len(dst) < limit; {
		start, end, id := t.normalized.find(text, at)
		dst = t.appendWords(dst, text[at:start], t.identity, limit)
		if end > start && len(dst) < limit {
			dst = append(dst, id)
		}
		at = end
	}
	return dst
}
