// Package unigram turns text into the token ids of SentencePiece's Unigram
// vocabularies, such as XLM-RoBERTa's, token for token as Hugging Face's Rust
// library does: the character map, words that begin with ▁, of each word the
// likeliest tokens, then the special tokens of the post-processor.
package unigram

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/encoder/special"
)

// space is what stands for a space in the vocabulary.
const space = "▁"

// Tokenizer encodes texts. It is safe for concurrent use.
type Tokenizer struct {
	steps       []func(string) string // the normaliser's
	splitSpaces bool                  // whether spaces go out, so that each word has one ▁ before it
	prepend     bool                  // whether a text that begins without ▁ gets one
	split       bool                  // whether a word ends before each ▁

	trie    *trie
	scores  []float64 // by id
	unknown int32
	// unknownScore is that of a character which no token begins with.
	unknownScore float64

	frame      special.Frame
	raw        special.Finder // found before normalisation
	normalized special.Finder // found after it
	padID      int32
	size       int
	scratch    sync.Pool // *scratch
}

// scratch is the memory of one text.
type scratch struct {
	words []byte
	best  []node
}

// PadID is the id that fills rows up.
func (t *Tokenizer) PadID() int32 { return t.padID }

// VocabSize is one more than the highest id.
func (t *Tokenizer) VocabSize() int { return t.size }

// Encode returns the ids of a text between its special tokens, <s> and </s>.
// A positive maxLength keeps the first ids that leave room for these; otherwise
// nothing is cut. Bytes that are not UTF-8 count as U+FFFD.
func (t *Tokenizer) Encode(text string, maxLength int) []int32 {
	const bytesAToken = 4
	size := len(text)/bytesAToken + 8
	if maxLength > 0 {
		size = min(size, maxLength)
	}
	return t.AppendEncode(make([]int32, 0, size), text, maxLength)
}

// AppendEncode appends what Encode returns to dst.
func (t *Tokenizer) AppendEncode(dst []int32, text string, maxLength int) []int32 {
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	return t.frame.Append(dst, maxLength, func(dst []int32, limit int) []int32 {
		return t.raw.Append(dst, text, limit, t.appendPiece)
	})
}

// appendPiece appends the tokens of a text that holds no added tokens but normalized ones.
func (t *Tokenizer) appendPiece(dst []int32, text string, limit int) []int32 {
	s, _ := t.scratch.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	dst = t.normalized.Append(dst, t.normalize(text), limit, func(dst []int32, text string, limit int) []int32 {
		return t.appendText(dst, text, limit, s)
	})
	t.scratch.Put(s)
	return dst
}

func (t *Tokenizer) normalize(text string) string {
	for _, step := range t.steps {
		text = step(text)
	}
	return text
}

// appendText appends the tokens of a normalised text until dst has limit ids or more.
func (t *Tokenizer) appendText(dst []int32, text string, limit int, s *scratch) []int32 {
	if !t.splitSpaces {
		return t.appendWords(dst, text, limit, s)
	}
	for len(dst) < limit {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			break
		}
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		dst = t.appendWords(dst, text[:end], limit, s)
		text = text[end:]
	}
	return dst
}

// appendWords is Metaspace: spaces become ▁, which the words begin with.
func (t *Tokenizer) appendWords(dst []int32, text string, limit int, s *scratch) []int32 {
	words := s.words[:0]
	if t.prepend && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, space) {
		words = append(words, space...)
	}
	for {
		before, after, more := strings.Cut(text, " ")
		words = append(words, before...)
		if !more {
			break
		}
		words, text = append(words, space...), after
	}
	s.words = words
	for len(words) > 0 && len(dst) < limit {
		end := len(words)
		if t.split {
			if next := bytes.Index(words[1:], []byte(space)); next >= 0 {
				end = 1 + next
			}
		}
		dst = t.appendWord(dst, words[:end], s)
		words = words[end:]
	}
	return dst
}
