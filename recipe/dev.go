package recipe

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/train"
)

// Dev is a split of training queries by which the best of a training's models is
// chosen. It is never a test split.
type Dev struct {
	Dir   string // a collection; "" has none
	Split string
}

// check finds out before the training whether the split can be looked at.
func (d Dev) check() error {
	if d.Dir == "" {
		return nil
	}
	c, err := collection.Open(d.Dir)
	if err != nil {
		return err
	}
	_, err = SplitQueries(c, d.Split)
	return err
}

// validation is nDCG@10 of a model on the split, by exact search over the whole collection; nil without a split.
func (d Dev) validation(opts train.Options) func(ctx context.Context, m *encoder.Model) (float64, error) {
	if d.Dir == "" {
		return nil
	}
	return func(ctx context.Context, m *encoder.Model) (float64, error) {
		temp, err := os.MkdirTemp("", "gradus-dev-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(temp)
		vectors, run := filepath.Join(temp, "vectors"), filepath.Join(temp, "dev.run")
		if _, err := Encode(ctx, m, EncodeOptions{Collection: d.Dir, MaxLength: opts.DocumentMaxLength, Out: vectors}); err != nil {
			return 0, err
		}
		search := SearchOptions{Collection: d.Dir, Split: d.Split, Vectors: []string{vectors}, MaxLength: opts.QueryMaxLength, Depth: 10, Tag: "dev", Out: run}
		if err := Search(ctx, m, search); err != nil {
			return 0, err
		}
		c, err := collection.Open(d.Dir)
		if err != nil {
			return 0, err
		}
		results, err := evaluate(c.QrelsPath(d.Split), run, "nDCG@10")
		if err != nil {
			return 0, err
		}
		return results.Mean(0), nil
	}
}
