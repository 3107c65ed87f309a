package wordpiece

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/gradus-ir/gradus/encoder/special"
)

// tokenizerJSON is the part of a tokenizer.json that says how to encode one text.
type tokenizerJSON struct {
	special.File
	Model struct {
		Type    string          `json:"type"`
		Unknown string          `json:"unk_token"`
		Prefix  string          `json:"continuing_subword_prefix"`
		MaxWord *int            `json:"max_input_chars_per_word"`
		Vocab   json.RawMessage `json:"vocab"`
	} `json:"model"`
}

type normalizerJSON struct {
	CleanText    bool  `json:"clean_text"`
	Chinese      bool  `json:"handle_chinese_chars"`
	StripAccents *bool `json:"strip_accents"`
	Lowercase    bool  `json:"lowercase"`
}

func (n normalizerJSON) normalization() normalization {
	strip := n.Lowercase
	if n.StripAccents != nil {
		strip = *n.StripAccents
	}
	return normalization{n.CleanText, n.Chinese, strip, n.Lowercase}
}

func readTokenizerJSON(path string) (config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return config{}, err
	}
	c, err := parseTokenizerJSON(data)
	if err != nil {
		return config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func parseTokenizerJSON(data []byte) (config, error) {
	var j tokenizerJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return config{}, err
	}
	if j.Model.Type == "" && j.Model.MaxWord != nil {
		j.Model.Type = "WordPiece" // files of before 2020 name no type; no other model has this field
	}
	for _, part := range []struct {
		name, got, want string
	}{
		{"model", j.Model.Type, "WordPiece"},
		{"normalizer", special.TypeOf(j.Normalizer), "BertNormalizer"},
		{"pre_tokenizer", special.TypeOf(j.PreTokenizer), "BertPreTokenizer"},
	} {
		if part.got != part.want {
			return config{}, fmt.Errorf("%s: want %s, got %q: %w", part.name, part.want, part.got, ErrNotWordPiece)
		}
	}
	if j.Model.MaxWord == nil {
		return config{}, fmt.Errorf("model: want max_input_chars_per_word, got none")
	}
	c := config{unknown: j.Model.Unknown, prefix: j.Model.Prefix, maxWord: *j.Model.MaxWord, added: j.AddedTokens}
	if err := json.Unmarshal(j.Model.Vocab, &c.vocab); err != nil {
		return config{}, fmt.Errorf("model.vocab: %w", err)
	}
	n := normalizerJSON{CleanText: true, Chinese: true, Lowercase: true}
	if err := json.Unmarshal(j.Normalizer, &n); err != nil {
		return config{}, fmt.Errorf("normalizer: %w", err)
	}
	c.normalization = n.normalization()
	var err error
	c.frame, err = j.Frame()
	switch {
	case errors.Is(err, special.ErrNoFrame):
		return config{}, fmt.Errorf("%w: %w", err, ErrNotWordPiece)
	case err != nil:
		return config{}, err
	}
	c.padID = j.PadID()
	if j.Truncation != nil {
		c.maxLength = j.Truncation.MaxLength
	}
	return c, nil
}
