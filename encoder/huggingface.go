package encoder

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-huggingface/tokenizers/api"
	"github.com/gomlx/go-huggingface/tokenizers/hftokenizer"
)

// huggingFace is go-huggingface's tokenizer with the length cut that it leaves to its callers.
type huggingFace struct {
	*hftokenizer.Tokenizer
	pad  int32
	size int
}

func loadHuggingFace(dir string) (huggingFace, error) {
	config := &api.Config{}
	file := filepath.Join(dir, "tokenizer_config.json")
	if _, err := os.Stat(file); err == nil {
		if config, err = api.ParseConfigFile(file); err != nil {
			return huggingFace{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	file = filepath.Join(dir, "tokenizer.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return huggingFace{}, err
	}
	if err := checkParts(text); err != nil {
		return huggingFace{}, fmt.Errorf("%s: %w", file, err)
	}
	t, err := hftokenizer.NewFromContent(config, text)
	if err != nil {
		return huggingFace{}, fmt.Errorf("%s: %w", file, err)
	}
	if err := t.With(api.EncodeOptions{AddSpecialTokens: true, IncludeSpecialTokensMask: true}); err != nil {
		return huggingFace{}, fmt.Errorf("%s: %w", file, err)
	}
	h := huggingFace{Tokenizer: t}
	if pad, err := t.SpecialTokenID(api.TokPad); err == nil { // else 0: padding is masked out, any id will do
		h.pad = int32(pad)
	}
	for _, id := range t.GetVocab() { // t.VocabSize counts special tokens of the vocabulary twice
		h.size = max(h.size, id+1)
	}
	return h, nil
}

func (h huggingFace) PadID() int32   { return h.pad }
func (h huggingFace) VocabSize() int { return h.size }

func (h huggingFace) Encode(text string, maxLength int) []int32 {
	encoding := h.EncodeWithAnnotations(text)
	ids := make([]int32, len(encoding.IDs))
	for i, id := range encoding.IDs {
		ids[i] = int32(id)
	}
	if maxLength <= 0 || len(ids) <= maxLength {
		return ids
	}
	end := len(ids) // of the text; the special tokens after it stay
	for end > 0 && encoding.SpecialTokensMask[end-1] == 1 {
		end--
	}
	closing := ids[end:]
	return slices.Concat(ids[:max(1, maxLength-len(closing))], closing)[:maxLength]
}

// part is a step of a tokenizer.json.
type part struct {
	Type          string `json:"type"`
	Normalizers   []part `json:"normalizers"`
	PreTokenizers []part `json:"pretokenizers"`
}

// checkParts refuses a tokenizer.json with a step that go-huggingface takes
// without a word and does otherwise than the Rust library, or not at all: the
// vectors would be of other tokens. It splits Unigram's words greedily,
// Whitespace's at spaces alone and ByteLevel's without their pattern, and knows
// no Precompiled normalizer and no Sequence of post-processors.
func checkParts(text []byte) error {
	var t struct {
		Normalizer    part `json:"normalizer"`
		PreTokenizer  part `json:"pre_tokenizer"`
		PostProcessor part `json:"post_processor"`
		Model         struct {
			part
			Prefix       string `json:"continuing_subword_prefix"`
			FuseUnknown  bool   `json:"fuse_unk"`
			ByteFallback bool   `json:"byte_fallback"`
			IgnoreMerges bool   `json:"ignore_merges"`
		} `json:"model"`
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	if m := t.Model; m.Type == "BPE" && (m.Prefix != "" || m.FuseUnknown || m.ByteFallback || m.IgnoreMerges) {
		return fmt.Errorf("model: want BPE without continuing_subword_prefix, fuse_unk, byte_fallback and ignore_merges, got %q, %t, %t and %t",
			m.Prefix, m.FuseUnknown, m.ByteFallback, m.IgnoreMerges)
	}
	for _, step := range []struct {
		name  string
		part  part
		known []string
	}{
		{"normalizer", t.Normalizer, []string{"", "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents"}},
		{"pre_tokenizer", t.PreTokenizer, []string{"BertPreTokenizer", "WhitespaceSplit", "Punctuation"}},
		{"model", t.Model.part, []string{"WordPiece", "BPE", "WordLevel"}},
		{"post_processor", t.PostProcessor, []string{"", "TemplateProcessing", "BertProcessing", "RobertaProcessing"}},
	} {
		parts := slices.Concat(step.part.Normalizers, step.part.PreTokenizers) // of a Sequence
		if len(parts) == 0 {
			parts = []part{step.part}
		}
		for _, p := range parts {
			if !slices.Contains(step.known, p.Type) {
				return fmt.Errorf("%s: want one of %s, got %q", step.name, strings.TrimPrefix(strings.Join(step.known, ", "), ", "), p.Type)
			}
		}
	}
	return nil
}
