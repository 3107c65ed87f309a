package wordpiece

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/encoder/special"
)

// config is what a tokenizer is built from, whatever file it was read from.
type config struct {
	vocab         map[string]uint32
	unknown       string
	prefix        string // of tokens that continue a word
	maxWord       int
	normalization normalization
	added         []special.Added
	frame         special.Frame
	padID         *int32
	maxLength     int
}

// Load reads a tokenizer from a model folder: from tokenizer.json, else from
// vocab.txt and tokenizer_config.json. It wraps ErrNotWordPiece if the folder's
// tokenizer is of another kind, fs.ErrNotExist if there is neither file.
func Load(dir string) (*Tokenizer, error) {
	path := filepath.Join(dir, "tokenizer.json")
	c, err := readTokenizerJSON(path)
	if errors.Is(err, fs.ErrNotExist) {
		path = filepath.Join(dir, "vocab.txt")
		c, err = readVocabulary(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: want tokenizer.json or vocab.txt, got neither: %w", dir, fs.ErrNotExist)
		}
	}
	if err != nil {
		return nil, err
	}
	t, err := newTokenizer(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func newTokenizer(c config) (*Tokenizer, error) {
	if c.maxWord < 0 {
		return nil, fmt.Errorf("want max_input_chars_per_word ≥ 0, got %d", c.maxWord)
	}
	unknown, ok := c.vocab[c.unknown]
	if !ok {
		return nil, fmt.Errorf("want the unknown token %q in the vocabulary, got none", c.unknown)
	}
	t := &Tokenizer{
		table:     newRuneTable(c.normalization),
		unknown:   int32(unknown),
		maxWord:   c.maxWord,
		frame:     c.frame,
		maxLength: c.maxLength,
	}
	var whole, rest []token
	for text, id := range c.vocab {
		if id >= math.MaxInt32 {
			return nil, fmt.Errorf("token %q: want an id below %d, got %d", text, math.MaxInt32, id)
		}
		t.size = max(t.size, int(id)+1)
		if text != "" {
			whole = append(whole, token{text, int32(id)})
		}
		if text, ok := strings.CutPrefix(text, c.prefix); ok && text != "" {
			rest = append(rest, token{text, int32(id)})
		}
	}
	var err error
	if t.trie, err = newTrie(whole, rest); err != nil {
		return nil, err
	}
	added, err := special.Number(c.added, c.id, len(c.vocab), t.size, func(text string) string {
		return string(t.table.appendNormalized(nil, text))
	})
	if err != nil {
		return nil, err
	}
	t.size = added.Size
	t.raw, t.normalized = special.NewFinder(added.Raw), special.NewFinder(added.Normalized)
	if !t.normalized.Empty() {
		t.identity = newRuneTable(normalization{})
	}
	t.padID = special.PadID(c.padID, added.ID(c.id))
	return t, added.Check(t.frame, t.padID)
}

func (c config) id(token string) (int32, bool) {
	id, ok := c.vocab[token]
	return int32(id), ok
}
