package unigram

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/gradus-ir/gradus/encoder/special"
)

// model is the Unigram of a tokenizer.json.
type model struct {
	Unknown      *int    `json:"unk_id"`
	ByteFallback bool    `json:"byte_fallback"`
	Vocab        []piece `json:"vocab"`
}

// piece is a token and the logarithm of how likely it is.
type piece struct {
	text  string
	score float64
}

func (p *piece) UnmarshalJSON(data []byte) error {
	var pair [2]any
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	var isText, isNumber bool
	p.text, isText = pair[0].(string)
	p.score, isNumber = pair[1].(float64)
	if !isText || !isNumber {
		return fmt.Errorf("vocab: want a token and its score, got %s", data)
	}
	return nil
}

// New makes the tokenizer of a tokenizer.json. A kind that it does not read is an error that says what it wants.
func New(file special.File) (*Tokenizer, error) {
	if kind := file.Kind(); kind != "Unigram" {
		return nil, fmt.Errorf("model: want Unigram, got %q", kind)
	}
	t := new(Tokenizer)
	t.Piece = t.appendPiece
	var err error
	if t.steps, err = readNormalizer(file.Normalizer); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if err := t.readPreTokenizer(file.PreTokenizer); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if t.Frame, err = file.Frame(); err != nil {
		return nil, err
	}
	var m model
	if err := json.Unmarshal(file.Model, &m); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if m.ByteFallback || m.Unknown == nil || *m.Unknown < 0 || *m.Unknown >= len(m.Vocab) || len(m.Vocab) >= math.MaxInt32 {
		return nil, fmt.Errorf("model: want Unigram without byte_fallback, with unk_id among its %d tokens, got another", len(m.Vocab))
	}
	ids := t.setVocabulary(m)
	added, err := special.Number(file.AddedTokens, ids, len(m.Vocab), len(m.Vocab), t.normalize)
	if err != nil {
		return nil, err
	}
	t.Size, t.Pad = added.Size, special.PadID(file.PadID(), added.ID(ids))
	t.Raw, t.normalized = special.NewFinder(added.Raw), special.NewFinder(added.Normalized)
	return t, added.Check(t.Frame, t.Pad)
}

// setVocabulary makes the tables of tokens and returns what looks one up.
func (t *Tokenizer) setVocabulary(m model) func(string) (int32, bool) {
	const penalty = 10 // of an unknown character below the least likely token
	t.unknown, t.unknownScore = int32(*m.Unknown), math.Inf(1)
	ids := make(map[string]int32, len(m.Vocab))
	for id, p := range m.Vocab {
		ids[p.text] = int32(id)
		t.scores = append(t.scores, p.score)
		t.unknownScore = min(t.unknownScore, p.score-penalty)
	}
	t.trie = newTrie(ids)
	return func(token string) (int32, bool) {
		id, ok := ids[token]
		return id, ok
	}
}

// step is a normalizer or pre_tokenizer, as far as one of a SentencePiece model has its fields.
type step struct {
	Type          string `json:"type"`
	Normalizers   []step `json:"normalizers"`
	PreTokenizers []step `json:"pretokenizers"`

	CharMap string `json:"precompiled_charsmap"`
	Pattern struct{ Regex string }
	Content string `json:"content"`
	Left    bool   `json:"strip_left"`
	Right   bool   `json:"strip_right"`

	Replacement string `json:"replacement"`
	Prepend     string `json:"prepend_scheme"`
	PrefixSpace *bool  `json:"add_prefix_space"` // what files of before 2024 have in prepend_scheme's place
	Split       *bool  `json:"split"`
}

func readNormalizer(raw json.RawMessage) ([]func(string) string, error) {
	var top step
	if err := json.Unmarshal(raw, &top); err != nil && len(raw) > 0 {
		return nil, err
	}
	list := top.Normalizers
	if top.Type != "Sequence" && top.Type != "" {
		list = []step{top}
	}
	var steps []func(string) string
	for _, s := range list {
		switch {
		case s.Type == "Precompiled":
			data, err := base64.StdEncoding.DecodeString(s.CharMap)
			if err != nil {
				return nil, fmt.Errorf("precompiled_charsmap: %w", err)
			}
			m, err := newCharMap(data)
			if err != nil {
				return nil, err
			}
			steps = append(steps, m.normalize)
		case s.Type == "Replace" && s.Pattern.Regex == " {2,}" && s.Content == " ":
			steps = append(steps, collapse)
		case s.Type == "Strip":
			steps = append(steps, s.strip)
		default:
			return nil, fmt.Errorf(`want Precompiled, Strip and Replace of " {2,}" by " ", got %q`, s.Type)
		}
	}
	return steps, nil
}

// collapse makes several spaces one.
func collapse(text string) string {
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return text
}

func (s step) strip(text string) string {
	if s.Left {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if s.Right {
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	}
	return text
}

func (t *Tokenizer) readPreTokenizer(raw json.RawMessage) error {
	var top step
	if err := json.Unmarshal(raw, &top); len(raw) > 0 && err != nil {
		return err
	}
	list := top.PreTokenizers
	if top.Type != "Sequence" {
		list = []step{top}
	}
	if len(list) > 1 && list[0].Type == "WhitespaceSplit" {
		t.splitSpaces, list = true, list[1:]
	}
	if len(list) != 1 || list[0].Type != "Metaspace" || list[0].Replacement != space {
		return fmt.Errorf("want Metaspace of %q, WhitespaceSplit before it or not, got %q", space, top.Type)
	}
	s := list[0]
	if s.Prepend == "" {
		s.Prepend = "always"
		if s.PrefixSpace != nil && !*s.PrefixSpace {
			s.Prepend = "never"
		}
	}
	if s.Prepend != "always" && s.Prepend != "never" {
		return fmt.Errorf("want prepend_scheme always or never, got %q", s.Prepend)
	}
	t.prepend, t.split = s.Prepend == "always", s.Split == nil || *s.Split
	return nil
}
