package recipe

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
)

// EncodeOptions say what of a collection is encoded, and how.
type EncodeOptions struct {
	Collection string // a folder in BEIR's layout
	Queries    bool   // the queries in place of the documents
	Out        string // the vectors folder to make
	MaxLength  int    // tokens a text is cut at; 0 is the model's own
	Progress   func(done int)
}

// Encoded sums an encoding up.
type Encoded struct {
	Texts   int     `json:"texts"`
	Seconds float64 `json:"seconds"` // from the first text to the last vector, compilation included
}

// Encode streams a collection's documents or queries through a model into a
// vectors folder. Memory does not grow with the collection but for its IDs.
func Encode(ctx context.Context, m *encoder.Model, opts EncodeOptions) (Encoded, error) {
	c, err := collection.Open(opts.Collection)
	if err != nil {
		return Encoded{}, err
	}
	fingerprint, err := m.Fingerprint()
	if err != nil {
		return Encoded{}, err
	}
	if opts.MaxLength == 0 {
		opts.MaxLength = m.MaxLength
	}
	role, path := "document", c.CorpusPath()
	if opts.Queries {
		role, path = "query", c.QueriesPath()
	}
	hash, err := durable.HashFileContext(ctx, path)
	if err != nil {
		return Encoded{}, err
	}
	start, texts := time.Now(), 0
	options := index.Options{
		Dim: m.Dimensions(), Similarity: index.Similarity(m.Similarity), Encoder: fingerprint,
		Manifest: durable.Manifest{
			Verb:   "encode",
			Inputs: []durable.Input{{Path: path, SHA256: hash}},
			Options: map[string]any{
				"encoder": m.Dir, "role": role, "prompt": m.PromptFor(role), "max_length": opts.MaxLength, "pooling": string(m.Pooling), "normalize": m.Normalize, "precision": string(m.Precision),
			},
		},
	}
	err = index.Create(opts.Out, options, func(w *index.Writer) error {
		var ids []string // of the texts on their way
		each := func(yield func(string, error) bool) {
			for t, err := range textsOf(c, opts.Queries) {
				ids = append(ids, t.id)
				if !yield(t.content, err) {
					return
				}
			}
		}
		err := m.EncodeEach(ctx, each, encoder.EncodeOptions{Prompt: m.PromptFor(role), MaxLength: opts.MaxLength, Progress: opts.Progress}, func(vector []float32) error {
			id := ids[0]
			ids = ids[1:]
			texts++
			return w.Append(id, vector)
		})
		if err == nil && texts == 0 {
			err = fmt.Errorf("%s: want at least one text to encode, found none", path)
		}
		return err
	})
	if err != nil {
		return Encoded{}, err
	}
	return Encoded{texts, time.Since(start).Seconds()}, nil
}

// text is what is encoded under an ID.
type text struct{ id, content string }

func textsOf(c *collection.Collection, queries bool) iter.Seq2[text, error] {
	if queries {
		return convert(c.Queries(), func(q collection.Query) text { return text{q.ID, q.Text} })
	}
	return convert(c.Documents(), func(d collection.Document) text { return text{d.ID, d.Content()} })
}

func convert[From, To any](list iter.Seq2[From, error], to func(From) To) iter.Seq2[To, error] {
	return func(yield func(To, error) bool) {
		for v, err := range list {
			if !yield(to(v), err) {
				return
			}
		}
	}
}
