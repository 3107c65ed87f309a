package encoder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/go-huggingface/tokenizers/api"
	"github.com/gomlx/go-huggingface/tokenizers/hftokenizer"
	"github.com/gradus-ir/gradus/encoder/wordpiece"
)

// tokenizer turns a text into token ids, special tokens included, cut at maxLength. It is safe for concurrent use.
type tokenizer interface {
	Encode(text string, maxLength int) []int32
	PadID() int32
}

// loadTokenizer prefers our WordPiece and leaves other kinds to go-huggingface.
func loadTokenizer(dir string) (tokenizer, error) {
	own, err := wordpiece.Load(dir)
	if err == nil {
		return own, nil
	}
	if !errors.Is(err, wordpiece.ErrNotWordPiece) {
		return nil, err
	}
	config := &api.Config{}
	if file := filepath.Join(dir, "tokenizer_config.json"); fileExists(file) {
		if config, err = api.ParseConfigFile(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	file := filepath.Join(dir, "tokenizer.json")
	other, err := hftokenizer.NewFromFile(config, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := other.With(api.EncodeOptions{AddSpecialTokens: true}); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	pad, err := other.SpecialTokenID(api.TokPad)
	if err != nil {
		pad = 0 // padding is masked out; any id will do
	}
	return huggingFace{other, int32(pad)}, nil
}

// huggingFace is go-huggingface's tokenizer with the length cut that it leaves to its callers.
type huggingFace struct {
	*hftokenizer.Tokenizer
	pad int32
}

func (h huggingFace) PadID() int32 { return h.pad }

func (h huggingFace) Encode(text string, maxLength int) []int32 {
	long := h.Tokenizer.Encode(text)
	ids := make([]int32, len(long))
	for i, id := range long {
		ids[i] = int32(id)
	}
	if maxLength > 0 && len(ids) > maxLength {
		last := ids[len(ids)-1] // the closing special token stays
		ids = append(ids[:maxLength-1], last)
	}
	return ids
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
