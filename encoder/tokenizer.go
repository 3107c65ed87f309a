package encoder

import (
	"errors"

	"github.com/gradus-ir/gradus/encoder/wordpiece"
)

// tokenizer turns a text into token ids, special tokens included, cut at maxLength. It is safe for concurrent use.
type tokenizer interface {
	Encode(text string, maxLength int) []int32
	PadID() int32
	VocabSize() int // one more than the highest id
}

// loadTokenizer prefers our WordPiece and leaves other kinds to go-huggingface.
func loadTokenizer(dir string) (tokenizer, error) {
	own, err := wordpiece.Load(dir)
	if errors.Is(err, wordpiece.ErrNotWordPiece) {
		return loadHuggingFace(dir)
	}
	if err != nil {
		return nil, err
	}
	return own, nil
}
