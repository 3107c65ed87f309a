package encoder

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder/bpe"
	"github.com/gradus-ir/gradus/encoder/special"
	"github.com/gradus-ir/gradus/encoder/unigram"
	"github.com/gradus-ir/gradus/encoder/wordpiece"
)

// tokenizer turns a text into token ids, special tokens included, cut at maxLength. It is safe for concurrent use.
type tokenizer interface {
	Encode(text string, maxLength int) []int32
	PadID() int32
	VocabSize() int // one more than the highest id
}

// loadTokenizer prefers our WordPiece, byte-level BPE and Unigram, and leaves other kinds to go-huggingface.
func loadTokenizer(dir string) (tokenizer, error) {
	own, err := wordpiece.Load(dir)
	switch {
	case err == nil:
		return own, nil
	case !errors.Is(err, wordpiece.ErrNotWordPiece):
		return nil, err
	}
	path := filepath.Join(dir, "tokenizer.json")
	file, err := special.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := newSubwords(file)
	switch {
	case errors.Is(err, errOtherKind):
		return loadHuggingFace(dir)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

var errOtherKind = errors.New("a tokenizer of another kind")

// newSubwords makes the tokenizer of a file that is not BERT's.
func newSubwords(file special.File) (tokenizer, error) {
	switch file.Kind() {
	case "BPE":
		t, err := bpe.New(file)
		if errors.Is(err, bpe.ErrNotByteLevel) {
			return nil, errOtherKind
		}
		return t, err
	case "Unigram":
		return unigram.New(file)
	default:
		return nil, errOtherKind
	}
}
