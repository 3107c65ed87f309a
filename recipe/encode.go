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
	Collection string          // a folder in BEIR's layout
	Queries    bool            // the queries in place of the documents
	Shard      index.Shard     // a part of them; zero is all
	Out        string          // the vectors folder to make
	MaxLength  int             // tokens a text is cut at; 0 is the model's own
	Store      index.Precision // what the vectors are stored as; zero is float32
	Plain      bool            // see index.Options
	Progress   func(done int)  // may be nil; texts that an earlier call encoded count
}

// Encoded sums an encoding up.
type Encoded struct {
	Texts   int     `json:"texts"`
	Resumed int     `json:"resumed,omitempty"` // of them encoded by an earlier call that did not end
	Seconds float64 `json:"seconds"`           // from the first text to the last vector, compilation included
}

// Encode streams a collection's documents or queries through a model into a
// vectors folder. Memory does not grow with the collection but for 16 bytes an
// ID. A call that was interrupted or killed is continued by the same call, at
// the last full block of texts: see index.Resume.
func Encode(ctx context.Context, m *encoder.Model, opts EncodeOptions) (Encoded, error) {
	c, err := collection.Open(opts.Collection)
	if err != nil {
		return Encoded{}, err
	}
	options, path, err := vectorOptions(ctx, m, c, &opts)
	if err != nil {
		return Encoded{}, err
	}
	start, done := time.Now(), Encoded{}
	err = index.Resume(opts.Out, options, func(w *index.Writer) error {
		done.Resumed = w.Len()
		if err := encodeRest(ctx, m, c, opts, w); err != nil {
			return err
		}
		if done.Texts = w.Len(); done.Texts == 0 && opts.Shard.N <= 1 {
			return fmt.Errorf("%s: want at least one text to encode, found none", path)
		}
		return nil
	})
	done.Seconds = time.Since(start).Seconds()
	return done, err
}

// vectorOptions are what the folder is made as, and the file the texts come from.
func vectorOptions(ctx context.Context, m *encoder.Model, c *collection.Collection, opts *EncodeOptions) (options index.Options, path string, err error) {
	made, err := makerOf(m)
	if err != nil {
		return index.Options{}, "", err
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
		return index.Options{}, "", err
	}
	recorded := map[string]any{
		"encoder": m.Dir, "role": role, "prompt": m.PromptFor(role), "max_length": opts.MaxLength,
		"pooling": string(m.Pooling), "normalize": m.Normalize, "precision": string(m.Precision), partsOption: made.parts,
	}
	if opts.Shard.N > 0 {
		recorded["shard"] = opts.Shard.String()
	}
	return index.Options{
		Dim: m.Dimensions(), Similarity: index.Similarity(m.Similarity), Precision: opts.Store, Plain: opts.Plain, Encoder: made.fingerprint,
		Manifest: durable.Manifest{Verb: "encode", Inputs: []durable.Input{{Path: path, SHA256: hash}}, Options: recorded},
	}, path, nil
}

// encodeRest encodes the texts of the shard that the folder does not have yet.
func encodeRest(ctx context.Context, m *encoder.Model, c *collection.Collection, opts EncodeOptions, w *index.Writer) error {
	had := w.Len()
	var ids []string // of the texts on their way
	each := func(yield func(string, error) bool) {
		place, mine := 0, 0
		for t, err := range textsOf(c, opts.Queries) {
			if err == nil {
				place++
				if !opts.Shard.Has(place - 1) {
					continue
				}
				if mine++; mine <= had {
					continue
				}
			}
			ids = append(ids, t.id)
			if !yield(t.content, err) {
				return
			}
		}
	}
	role := "document"
	if opts.Queries {
		role = "query"
	}
	encoding := encoder.EncodeOptions{Prompt: m.PromptFor(role), MaxLength: opts.MaxLength}
	if opts.Progress != nil {
		encoding.Progress = func(done int) { opts.Progress(had + done) }
	}
	return m.EncodeEach(ctx, each, encoding, func(vector []float32) error {
		id := ids[0]
		ids = ids[1:]
		return w.Append(id, vector)
	})
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
