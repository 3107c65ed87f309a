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
