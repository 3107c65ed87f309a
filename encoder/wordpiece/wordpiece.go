// Package wordpiece turns text into the token ids of BERT vocabularies, token
// for token as Hugging Face's Rust library does: BertNormalizer,
// BertPreTokenizer, WordPiece, then the template's special tokens.
//
// A text is read once, byte by byte: a table says what a character becomes, and
// the trie of a vocabulary takes the result without a word ever being copied.
package wordpiece

import (
	"errors"
	"slices"
	"sync"

	"github.com/gradus-ir/gradus/encoder/special"
)

// ErrNotWordPiece is what Load wraps when a folder's tokenizer is of another kind.
var ErrNotWordPiece = errors.New("not a BERT WordPiece tokenizer")

// Tokenizer encodes texts. It is safe for concurrent use.
type Tokenizer struct {
	trie       *trie
	table      *runeTable
	unknown    int32
	maxWord    int // characters of a normalised word, beyond which it is unknown
	frame      special.Frame
	raw        special.Finder // matched before normalisation
	normalized special.Finder // matched after it
	identity   *runeTable     // for text that is normalised already; nil without normalized tokens
	padID      int32
	size       int
	maxLength  int
	scratch    sync.Pool // *[]int32
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
	return t.frame.Append(dst, maxLength, func(dst []int32, limit int) []int32 {
		return t.raw.Append(dst, text, limit, t.appendPiece)
	})
}

// appendPiece appends the tokens of a text that holds no added tokens but normalized ones.
func (t *Tokenizer) appendPiece(dst []int32, text string, limit int) []int32 {
	if t.identity == nil {
		return t.appendWords(dst, text, t.table, limit)
	}
	text = string(t.table.appendNormalized(nil, text))
	return t.normalized.Append(dst, text, limit, func(dst []int32, text string, limit int) []int32 {
		return t.appendWords(dst, text, t.identity, limit)
	})
}
