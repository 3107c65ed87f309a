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

	"github.com/gradus-ir/gradus/encoder/special"
)

// space is what stands for a space in the vocabulary.
const space = "▁"

// Tokenizer encodes texts. It is safe for concurrent use.
type Tokenizer struct {
	special.Shell
	steps       []func(string) string // the normaliser's
	splitSpaces bool                  // whether spaces go out, so that each word has one ▁ before it
	prepend     bool                  // whether a text that begins without ▁ gets one
	split       bool                  // whether a word ends before each ▁

	trie    *trie
	scores  []float64 // by id
	unknown int32
	// unknownScore is that of a character which no token begins with.
	unknownScore float64

	normalized special.Finder // added tokens that are found after normalisation
	scratch    sync.Pool      // *scratch
}

// scratch is the memory of one text.
type scratch struct {
	words []byte
	best  []node
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
