package wordpiece

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/encoder/special"
)

// tokenizerConfig is a tokenizer_config.json, as far as BertTokenizer reads it.
type tokenizerConfig struct {
	Class        string                `json:"tokenizer_class"`
	Lowercase    bool                  `json:"do_lower_case"`
	Chinese      bool                  `json:"tokenize_chinese_chars"`
	StripAccents *bool                 `json:"strip_accents"`
	Unknown      tokenName             `json:"unk_token"`
	Sep          tokenName             `json:"sep_token"`
	Pad          tokenName             `json:"pad_token"`
	Cls          tokenName             `json:"cls_token"`
	Mask         tokenName             `json:"mask_token"`
	Added        map[int]special.Added `json:"added_tokens_decoder"`
}

// bertClasses are the tokenizers that read vocab.txt as BertTokenizer does; the field may be missing.
var bertClasses = []string{
	"", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "MPNetTokenizer",
	"DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer",
}

// tokenName is a token given as a string or as an object with its content.
type tokenName string

func (n *tokenName) UnmarshalJSON(data []byte) error {
	var object struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(data, &object) == nil {
		if object.Content != "" {
			*n = tokenName(object.Content)
		}
		return nil
	}
	return json.Unmarshal(data, (*string)(n))
}

// readVocabulary makes a config out of vocab.txt, and tokenizer_config.json if it is there.
func readVocabulary(dir string) (config, error) {
	path := filepath.Join(dir, "vocab.txt")
	data, err := os.ReadFile(path)
	if err != nil {
		return config{}, err
	}
	vocab, err := parseVocabulary(data)
	if err != nil {
		return config{}, fmt.Errorf("%s:%w", path, err)
	}
	tc, err := readTokenizerConfig(filepath.Join(dir, "tokenizer_config.json"))
	if err != nil {
		return config{}, err
	}
	if !slices.Contains(bertClasses, strings.TrimSuffix(tc.Class, "Fast")) {
		return config{}, fmt.Errorf("%s: want a tokenizer_class like BertTokenizer, got %q: %w", path, tc.Class, ErrNotWordPiece)
	}
	n := normalizerJSON{CleanText: true, Chinese: tc.Chinese, StripAccents: tc.StripAccents, Lowercase: tc.Lowercase}
	c := config{vocab: vocab, unknown: string(tc.Unknown), prefix: "##", maxWord: 100, normalization: n.normalization()}
	for _, name := range []tokenName{tc.Unknown, tc.Sep, tc.Pad, tc.Cls, tc.Mask} {
		c.added = append(c.added, special.Added{Content: string(name)})
	}
	for _, id := range slices.Sorted(maps.Keys(tc.Added)) {
		c.added = append(c.added, tc.Added[id])
	}
	cls, hasCls := vocab[string(tc.Cls)]
	sep, hasSep := vocab[string(tc.Sep)]
	if !hasCls || !hasSep {
		return config{}, fmt.Errorf("%s: want %q and %q in the vocabulary, got not both", path, tc.Cls, tc.Sep)
	}
	c.frame = special.Frame{Before: []int32{int32(cls)}, After: []int32{int32(sep)}}
	if pad, ok := vocab[string(tc.Pad)]; ok {
		id := int32(pad)
		c.padID = &id
	}
	return c, nil
}

// readTokenizerConfig fills in BertTokenizer's defaults.
func readTokenizerConfig(path string) (tokenizerConfig, error) {
	tc := tokenizerConfig{
		Lowercase: true, Chinese: true,
		Unknown: "[UNK]", Sep: "[SEP]", Pad: "[PAD]", Cls: "[CLS]", Mask: "[MASK]",
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return tc, nil
	}
	if err != nil {
		return tc, err
	}
	if err := json.Unmarshal(data, &tc); err != nil {
		return tc, fmt.Errorf("%s: %w", path, err)
	}
	return tc, nil
}

// parseVocabulary reads one token a line, its id the line's number from 0. Of equal tokens the last counts.
func parseVocabulary(data []byte) (map[string]uint32, error) {
	vocab := make(map[string]uint32)
	id := uint32(0)
	for line := range bytes.Lines(data) {
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("%d: want UTF-8, got %q", id+1, line)
		}
		vocab[string(bytes.TrimRightFunc(line, unicode.IsSpace))] = id
		id++
	}
	return vocab, nil
}
