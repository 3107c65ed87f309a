package ivf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// Build makes the index folder dir of one or more vectors folders, whole or
// not at all. The folders must go together, and have no document in common.
//
// What is done is kept beside dir, in dir.building, so that a build that was
// killed goes on where it was when it is called again with the same folders
// and options. The same folders and seed give the same index, byte for byte,
// on processors with the same instructions.
// Memory: a sample of the vectors, of at most 262,144, and the lists that Options.Memory allows.
func Build(ctx context.Context, dir string, vectors []string, opts Options) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s: want a path that does not exist yet: %w", dir, fs.ErrExist)
	}
	if len(vectors) == 0 {
		return errors.New("index: want at least one vectors folder, got none")
	}
	var s state
	var segments folders
	defer func() { segments.close() }()
	if err := segments.add(dir, &s, vectors); err != nil {
		return err
	}
	if err := segments.checkDistinct(); err != nil {
		return err
	}
	return build(ctx, dir, s, segments, opts, func(finished string, s state) error {
		return durable.CreateFolder(dir, func(temp string) error {
			if err := moveAll(finished, temp); err != nil {
				return err
			}
			return s.write(temp)
		})
	})
}

// build makes the folders of an index in a working folder and hands it to publish.
func build(ctx context.Context, dir string, s state, segments folders, opts Options, publish func(finished string, s state) error) error {
	rows := 0
	for _, segment := range segments {
		rows += segment.count()
	}
	if rows == 0 {
		return fmt.Errorf("%s: want at least one vector to index, got none", s.Segments[0].Vectors)
	}
	opts = opts.withDefaults(rows)
	s.Format, s.Lists, s.Seed = format, opts.Lists, opts.Seed
	work := filepath.Clean(dir) + ".building"
	if err := os.MkdirAll(work, 0o777); err != nil {
		return err
	}
	lock, err := durable.Lock(work + ".lock")
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if err := claim(work, s); err != nil {
		return err
	}
	steps := filepath.Join(work, "steps")
	c, err := train(ctx, steps, segments, opts)
	if err != nil {
		return err
	}
	finished := filepath.Join(work, "finished")
	if err := os.RemoveAll(finished); err != nil { // of a build killed while it wrote there
		return err
	}
	s.Centroids = s.folder("centroids")
	if err := c.write(filepath.Join(finished, s.Centroids)); err != nil {
		return err
	}
	done := 0
	for i, segment := range segments {
		progress := func(n int) { opts.Progress("codes", int64(done+n), int64(rows)) }
		s.Segments[i].Lists = s.folder("lists")
		if err := writeLists(ctx, steps, i, segment, c, s, filepath.Join(finished, s.Segments[i].Lists), opts, progress); err != nil {
			return err
		}
		done += segment.vectors.Len()
	}
	if err := publish(finished, s); err != nil {
		return err
	}
	return os.RemoveAll(work)
}

// writeLists codes a segment's rows and writes their lists into a new folder dir.
func writeLists(ctx context.Context, steps string, number int, segment live, c *centroids, s state, dir string, opts Options, progress func(rows int)) error {
	if err := encodeSegment(ctx, steps, number, segment, c, newRotation(s.Dim, s.Seed), progress); err != nil {
		return err
	}
	return writeFolder(dir, listsFile, func(out *mapped.Output) error {
		l := newLayout(&s)
		return arrange(ctx, steps, number, segment.vectors.Len(), &l, opts.Memory, out)
	})
}

// claim writes down what is built in a working folder, or is an error where
// something else was begun there.
func claim(work string, s state) error {
	plan, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := filepath.Join(work, "plan.json")
	begun, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return durable.WriteFile(path, func(w io.Writer) error {
			_, err := w.Write(plan)
			return err
		})
	case err != nil:
		return err
	case string(begun) != string(plan):
		return fmt.Errorf("%s: want the vectors and options that this build was begun with, got others; remove it to begin anew", work)
	}
	return nil
}

// moveAll moves what is in a folder into another.
func moveAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
