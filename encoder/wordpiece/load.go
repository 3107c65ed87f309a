package wordpiece

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// config is what a tokenizer is built from, whatever file it was read from.
type config struct {
	vocab         map[string]uint32
	unknown       string
	prefix        string // of tokens that continue a word
	maxWord       int
	normalization normalization
	added         []addedConfig
	before, after []int32 // template
	padID         *int32
	maxLength     int
	cutLeft       bool
}

// addedConfig is an entry of added_tokens.
type addedConfig struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	Normalized bool   `json:"normalized"`
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
		prefix:    c.before,
		suffix:    c.after,
		maxLength: c.maxLength,
		cutLeft:   c.cutLeft,
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
	ids, err := t.addTokens(c)
	if err != nil {
		return nil, err
	}
	t.padID = cmp.Or(ids["[PAD]"], int32(c.vocab["[PAD]"]))
	if c.padID != nil {
		t.padID = *c.padID
	}
	for _, id := range slices.Concat(c.before, c.after, []int32{t.padID}) {
		if id < 0 || int(id) >= t.size {
			return nil, fmt.Errorf("want special tokens of ids below %d, got %d", t.size, id)
		}
	}
	return t, nil
}

// addTokens makes the added tokens of a config and returns their ids. As in the
// Rust library, one of the vocabulary keeps its id there and others take the next free one.
func (t *Tokenizer) addTokens(c config) (map[string]int32, error) {
	ids := make(map[string]int32)
	next := int32(len(c.vocab))
	var raw, normalized []addedToken
	for _, a := range c.added {
		if a.Content == "" {
			continue
		}
		id, known := ids[a.Content]
		if v, ok := c.vocab[a.Content]; !known && ok {
			id, known = int32(v), true
		}
		if !known {
			id = next
		}
		next = max(next, id+1)
		ids[a.Content] = id
		t.size = max(t.size, int(id)+1)
		if !a.Normalized {
			raw = append(raw, addedToken{a.Content, id, a.SingleWord})
			continue
		}
		content := string(t.table.appendNormalized(nil, a.Content))
		if content == "" {
			return nil, fmt.Errorf("added token %q: nothing is left of it once normalised", a.Content)
		}
		normalized = append(normalized, addedToken{content, id, a.SingleWord})
	}
	t.raw, t.normalized = newAddedTokens(raw), newAddedTokens(normalized)
	if len(normalized) > 0 {
		t.identity = newRuneTable(normalization{})
	}
	return ids, nil
}
