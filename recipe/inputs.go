package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
)

// inputs remembers what was found out about files, for as long as they have
// the size and the time of change that they had: a recipe that is run again
// reads none of its collections again.
type inputs struct {
	path    string // of the file that keeps it; "" keeps nothing
	known   map[string]input
	changed bool
}

// input is a file as it was found.
type input struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256"`
	Texts    *texts    `json:"texts,omitempty"` // of a file of documents or queries that a forecast looked at
}

// texts are how many a file has, and how long they are.
type texts struct {
	Count int   `json:"count"`
	Words []int `json:"words"` // of some from its beginning, ascending: a few quantiles
}

const (
	textsSampled  = 2000 // from the beginning of a file
	textQuantiles = 32
	// settled is how old a file must be for its time of change to tell it from a later one.
	settled = 2 * time.Second
)

// openInputs reads what an earlier run found out. A file that does not read is as good as none.
func openInputs(path string) *inputs {
	in := &inputs{path: path, known: map[string]input{}}
	if text, err := os.ReadFile(path); err != nil || json.Unmarshal(text, &in.known) != nil {
		in.known = map[string]input{}
	}
	return in
}

// save keeps what was found out.
func (in *inputs) save() error {
	if !in.changed || in.path == "" {
		return nil
	}
	in.changed = false
	return durable.WriteFile(in.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(in.known) })
}

// hash is the SHA-256 of a file.
func (in *inputs) hash(ctx context.Context, path string) (string, error) {
	found, err := in.look(ctx, path)
	return found.SHA256, err
}

func (in *inputs) look(ctx context.Context, path string) (input, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return input{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return input{}, err
	}
	if was, ok := in.known[path]; ok && was.Size == info.Size() && was.Modified.Equal(info.ModTime()) {
		return was, nil
	}
	now := time.Now()
	hash, err := durable.HashFileContext(ctx, path)
	if err != nil {
		return input{}, err
	}
	found := input{Size: info.Size(), Modified: info.ModTime(), SHA256: hash}
	if now.Sub(found.Modified) > settled {
		in.known[path], in.changed = found, true
	}
	return found, nil
}

// documents tells how many documents a corpus has, and how long they are.
func (in *inputs) documents(ctx context.Context, path string) (texts, error) {
	found, err := in.look(ctx, path)
	if err != nil || found.Texts != nil {
		return found.of(), err
	}
	var t texts
	for d, err := range collection.ReadDocuments(path) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return texts{}, err
		}
		if t.Count++; t.Count <= textsSampled {
			t.Words = append(t.Words, len(strings.Fields(d.Content())))
		}
	}
	slices.Sort(t.Words)
	if n := len(t.Words); n > textQuantiles {
		var some []int
		for i := range textQuantiles {
			some = append(some, t.Words[(2*i+1)*n/(2*textQuantiles)])
		}
		t.Words = some
	}
	found.Texts = &t
	if absolute, err := filepath.Abs(path); err == nil {
		if _, kept := in.known[absolute]; kept {
			in.known[absolute], in.changed = found, true
		}
	}
	return t, nil
}

func (f input) of() texts {
	if f.Texts == nil {
		return texts{}
	}
	return *f.Texts
}

// tokens are how many tokens a text has on average, cut at most tokens; 0 does not cut.
func (t texts) tokens(most int) float64 {
	if len(t.Words) == 0 {
		return 0
	}
	total := 0.0
	for _, words := range t.Words {
		n := tokensPerWord*float64(words) + 2
		if most > 0 {
			n = min(n, float64(most))
		}
		total += n
	}
	return total / float64(len(t.Words))
}

// tokensPerWord is about what BERT's vocabulary makes of a word of English prose.
const tokensPerWord = 1.35

// modelFiles are the endings of the files that make a model what it is.
var modelFiles = []string{".json", ".txt", ".safetensors"}

// model is what identifies a model's folder: the hashes of its weights, its
// configuration and its tokenizer.
func (in *inputs) model(ctx context.Context, dir string) (map[string]string, error) {
	hashes := map[string]string{}
	for _, pattern := range []string{"*", "1_Pooling/*"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if !slices.Contains(modelFiles, filepath.Ext(path)) || filepath.Base(path) == "manifest.json" {
				continue
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return nil, err
			}
			if hashes[name], err = in.hash(ctx, path); err != nil {
				return nil, err
			}
		}
	}
	if len(hashes) == 0 {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: errors.New("want a model's folder, found no file of one")}
	}
	return hashes, nil
}
