package bpe

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/encoder/special"
)

// ErrNotByteLevel is what New wraps when a tokenizer is of another kind.
var ErrNotByteLevel = errors.New("not a byte-level BPE tokenizer")

// model is the BPE of a tokenizer.json.
type model struct {
	Dropout      *float64         `json:"dropout"`
	Prefix       string           `json:"continuing_subword_prefix"`
	Suffix       string           `json:"end_of_word_suffix"`
	IgnoreMerges bool             `json:"ignore_merges"` // whether a word of the vocabulary is one token however it would be merged
	Vocab        map[string]int32 `json:"vocab"`
	Merges       []mergeJSON      `json:"merges"`
}

// mergeJSON is "left right", or since 2024 a list of the two.
type mergeJSON [2]string

func (m *mergeJSON) UnmarshalJSON(data []byte) error {
	var line string
	if json.Unmarshal(data, &line) == nil {
		left, right, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(right, " ") {
			return fmt.Errorf("merges: want two tokens with a space between, got %q", line)
		}
		*m = mergeJSON{left, right}
		return nil
	}
	return json.Unmarshal(data, (*[2]string)(m))
}

// New makes the tokenizer of a tokenizer.json.
func New(file special.File) (*Tokenizer, error) {
	t := &Tokenizer{classes: loadClasses()}
	t.Piece = t.appendPiece
	var m model
	if kind := file.Kind(); kind != "BPE" {
		return nil, fmt.Errorf("model: want BPE, got %q: %w", kind, ErrNotByteLevel)
	}
	if err := t.readSteps(file); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(file.Model, &m); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if m.Prefix != "" || m.Suffix != "" || m.Dropout != nil && *m.Dropout != 0 {
		return nil, errors.New("model: want BPE of bytes without continuing_subword_prefix, end_of_word_suffix and dropout, got some of them")
	}
	if err := t.setVocabulary(m); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return t, t.addTokens(file, m.Vocab)
}

// readSteps reads what stands around the model.
func (t *Tokenizer) readSteps(file special.File) (err error) {
	if kind := special.TypeOf(file.Normalizer); kind != "" {
		return fmt.Errorf("normalizer: want none, got %q: %w", kind, ErrNotByteLevel)
	}
	if kind := special.TypeOf(file.PreTokenizer); kind != "ByteLevel" {
		return fmt.Errorf("pre_tokenizer: want ByteLevel, got %q: %w", kind, ErrNotByteLevel)
	}
	split := struct {
		LeadingSpace bool `json:"add_prefix_space"`
		Pattern      bool `json:"use_regex"`
	}{LeadingSpace: true, Pattern: true}
	if err := json.Unmarshal(file.PreTokenizer, &split); err != nil {
		return fmt.Errorf("pre_tokenizer: %w", err)
	}
	if !split.Pattern {
		return errors.New("pre_tokenizer: want ByteLevel with use_regex, got false, which makes a text one word")
	}
	t.leadingSpace = split.LeadingSpace
	t.Frame, err = file.Frame()
	return err
}

// setVocabulary makes the tables of tokens and merges.
func (t *Tokenizer) setVocabulary(m model) error {
	bytes := byteOf()
	texts := make(map[string]int32, len(m.Vocab)) // of the tokens in bytes
	for token, id := range m.Vocab {
		if id < 0 || id == math.MaxInt32 {
			return fmt.Errorf("vocab: token %q: want an id between 0 and %d, got %d", token, math.MaxInt32-1, id)
		}
		t.Size = max(t.Size, int(id)+1)
		if text, ok := decode(token, bytes); ok && text != "" {
			texts[text] = id
		}
	}
	for b := range t.bytes {
		id, ok := texts[string([]byte{byte(b)})]
		if !ok {
			return fmt.Errorf("vocab: want a token for each byte, got none for 0x%02x", b)
		}
		t.bytes[b] = id
	}
	t.merges = make(map[pair]merge, len(m.Merges))
	for rank, parts := range m.Merges {
		left, okLeft := m.Vocab[parts[0]]
		right, okRight := m.Vocab[parts[1]]
		both, ok := m.Vocab[parts[0]+parts[1]]
		if !okLeft || !okRight || !ok {
			return fmt.Errorf("merges: want tokens of the vocabulary that make another, got %q and %q", parts[0], parts[1])
		}
		t.merges[pair{left, right}] = merge{int32(rank), both}
	}
	t.whole = texts
	if m.IgnoreMerges {
		return nil
	}
	var memory merger
	for text, id := range texts {
		memory.run(t, text)
		if first := memory.symbols[0]; first.next >= 0 || first.id != id {
			delete(texts, text) // no merges lead to it
		}
	}
	return nil
}

func (t *Tokenizer) addTokens(file special.File, vocabulary map[string]int32) error {
	ids := func(token string) (int32, bool) {
		id, ok := vocabulary[token]
		return id, ok
	}
	added, err := special.Number(file.AddedTokens, ids, len(vocabulary), t.Size, func(text string) string { return text })
	if err != nil {
		return err
	}
	t.Size, t.Pad = added.Size, special.PadID(file.PadID(), added.ID(ids))
	t.Raw, t.normalized = special.NewFinder(added.Raw), special.NewFinder(added.Normalized)
	return added.Check(t.Frame, t.Pad)
}

// byteOf is ByteLevel's alphabet: the byte that a character of a token stands
// for. Bytes that print stand for themselves, the others for characters from U+0100 on.
func byteOf() map[rune]byte {
	of := make(map[rune]byte, 256)
	next := rune(0x100)
	for b := range rune(256) {
		if b >= '!' && b <= '~' || b >= '¡' && b <= '¬' || b >= '®' {
			of[b] = byte(b)
			continue
		}
		of[next] = byte(b)
		next++
	}
	return of
}

// decode returns the bytes of a token; false where it is of no bytes, as special tokens are.
func decode(token string, bytes map[rune]byte) (string, bool) {
	text := make([]byte, 0, utf8.RuneCountInString(token))
	for _, r := range token {
		b, ok := bytes[r]
		if !ok {
			return "", false
		}
		text = append(text, b)
	}
	return string(text), true
}
