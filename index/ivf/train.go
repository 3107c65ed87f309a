package ivf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/internal/mapped"
)

const centroidsFile = "centroids.bin"

// train finds the centroids of rows drawn from the segments. Each round leaves
// a folder in work, and a later call goes on behind the last.
func train(ctx context.Context, work string, segments []live, opts Options) (*centroids, error) {
	dim := segments[0].vectors.Dim()
	for round := iterations; round >= 0; round-- {
		c, err := readCentroids(roundFolder(work, round), opts.Lists, dim)
		switch {
		case err == nil:
			return goOn(ctx, work, c, round, segments, opts)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return goOn(ctx, work, nil, -1, segments, opts)
}

// goOn does the rounds that follow one that is done.
func goOn(ctx context.Context, work string, c *centroids, done int, segments []live, opts Options) (*centroids, error) {
	if done == iterations {
		return c, nil
	}
	rows, err := sample(segments, opts)
	if err != nil {
		return nil, err
	}
	for round := done + 1; round <= iterations; round++ {
		opts.Progress("centroids", int64(round), iterations)
		if round == 0 {
			c = firstCentroids(rows, opts.Lists, opts.Seed)
		} else {
			better, err := c.improve(ctx, rows)
			if err != nil {
				return nil, err
			}
			c = better
		}
		if err := c.write(roundFolder(work, round)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func roundFolder(work string, round int) string {
	return filepath.Join(work, fmt.Sprintf("centroids-%d", round))
}

// sample draws live rows without replacement, in the order they are stored in.
func sample(segments []live, opts Options) ([][]float32, error) {
	total := 0
	for _, s := range segments {
		total += s.count()
	}
	want := min(total, largestSample, samplePerList*opts.Lists)
	// Selection sampling: each row is taken with the chance that makes the draw even.
	// Source: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
	rng := rand.New(rand.NewPCG(uint64(opts.Seed), 0x73616d706c65))
	rows, room := make([][]float32, 0, want), make([]float32, segments[0].vectors.Dim())
	for _, s := range segments {
		for row := range s.vectors.Len() {
			if s.deleted.has(row) {
				continue
			}
			if rng.IntN(total) < want-len(rows) {
				values, err := s.vectors.Read(row, row+1, room)
				if err != nil {
					return nil, err
				}
				rows = append(rows, slices.Clone(values))
			}
			total--
		}
	}
	return rows, nil
}

func (c *centroids) write(dir string) error {
	return writeFolder(dir, centroidsFile, func(out *mapped.Output) error {
		_, err := out.Write(bytesOf(c.rows))
		if err == nil {
			_, err = out.Write(bytesOf(c.spreads))
		}
		return err
	})
}

// readCentroids reads a folder that write wrote.
func readCentroids(dir string, lists, dim int) (*centroids, error) {
	folder, err := mapped.Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	file, err := folder.File(centroidsFile)
	if err != nil {
		return nil, err
	}
	if want := lists * (dim + 1) * 4; file.Len() != want {
		return nil, file.Damaged(min(want, file.Len()), "want %d bytes, %d centroids of %d dimensions and their spreads, got %d", want, lists, dim, file.Len())
	}
	bytes, err := file.Bytes(0, file.Len())
	if err != nil {
		return nil, err
	}
	values := slices.Clone(numbers[float32](bytes))
	return newCentroids(values[:lists*dim], values[lists*dim:], dim), nil
}
