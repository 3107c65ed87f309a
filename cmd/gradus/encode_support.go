package main

import (
	"context"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
)

// loadEncoder loads a model by folder or hub id, fetching it and the XLA plugin where they are missing.
func loadEncoder(ctx context.Context, ref string, opts encoder.Options, std streams) (*encoder.Model, error) {
	line := newProgress(std.err, "fetch")
	defer line.close()
	opts.Assets.Progress = func(asset string, done, total int64) { line.set(done, total, asset) }
	dir, err := assets.Encoder(ctx, ref, opts.Assets)
	if err != nil {
		return nil, err
	}
	return encoder.Load(ctx, dir, opts)
}

// encodeQueries turns query texts into vectors, one a text, with the model in
// a folder or on the hub. The fingerprint identifies the model, so that its vectors
// are not searched for among those of another.
func encodeQueries(ctx context.Context, ref string, texts []string, opts encoder.Options, std streams) (vectors [][]float32, fingerprint string, err error) {
	model, err := loadEncoder(ctx, ref, opts, std)
	if err != nil {
		return nil, "", err
	}
	if fingerprint, err = model.Fingerprint(); err != nil {
		return nil, "", err
	}
	vectors, err = model.Encode(ctx, texts, encoder.EncodeOptions{Prompt: model.PromptFor("query")})
	return vectors, fingerprint, err
}
