package main

import (
	"context"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
)

// encodeQueries turns query texts into vectors, one a text, with the model in
// a folder or on the hub. The fingerprint identifies the model, so that its vectors
// are not searched for among those of another.
func encodeQueries(ctx context.Context, ref string, texts []string, load encoder.Options) (vectors [][]float32, fingerprint string, err error) {
	dir, err := assets.Encoder(ctx, ref, load.Assets)
	if err != nil {
		return nil, "", err
	}
	model, err := encoder.Load(ctx, dir, load)
	if err != nil {
		return nil, "", err
	}
	if fingerprint, err = model.Fingerprint(); err != nil {
		return nil, "", err
	}
	vectors, err = model.Encode(ctx, texts, encoder.EncodeOptions{Prompt: model.PromptFor("query")})
	return vectors, fingerprint, err
}
