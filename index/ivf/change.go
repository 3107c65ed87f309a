package ivf

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Insert adds vectors folders to an index, whose lists stay where they are. A
// document that can be found in it already is an error. An index that has
// grown by as much as it was built of is better rebuilt: its centroids are
// those of the first vectors. Of the options, Memory and Progress count.
func Insert(ctx context.Context, dir string, vectors []string, opts Options) error {
	return change(dir, func(s *state, segments *folders) error {
		before := len(*segments)
		if err := segments.add(dir, s, vectors); err != nil {
			return err
		}
		opts = opts.withDefaults(0)
		c, err := readCentroids(filepath.Join(dir, s.Centroids), s.Lists, s.Dim)
		if err != nil {
			return err
		}
		work := filepath.Clean(dir) + ".inserting"
		if err := os.MkdirAll(work, 0o777); err != nil {
			return err
		}
		if err := claim(work, *s); err != nil {
			return err
		}
		for i := before; i < len(*segments); i++ {
			segment := (*segments)[i]
			progress := func(n int) { opts.Progress("codes", int64(n), int64(segment.vectors.Len())) }
			s.Segments[i].Lists = s.folder("lists")
			if err := writeLists(ctx, work, i, segment, c, *s, filepath.Join(dir, s.Segments[i].Lists), opts, progress); err != nil {
				return err
			}
		}
		return os.RemoveAll(work)
	})
}

// Delete takes documents out of an index: they are not found any more, and
// what they take is given back by Rebuild. An id that cannot be found in it is
// an error, and then nothing is deleted.
func Delete(dir string, ids []string) error {
	return change(dir, func(s *state, segments *folders) error {
		wanted := make(map[string]bool, len(ids))
		for _, id := range ids {
			wanted[id] = true
		}
		for i := range *segments {
			segment, before := &(*segments)[i], len(wanted)
			for row := range segment.vectors.Len() {
				if id := segment.vectors.ID(row); wanted[id] && !segment.deleted.has(row) {
					if segment.deleted == nil {
						segment.deleted = newBitmap(segment.vectors.Len())
					}
					segment.deleted.set(row)
					delete(wanted, id)
				}
			}
			if len(wanted) == before {
				continue
			}
			s.Segments[i].DeletedRows += before - len(wanted)
			s.Segments[i].Deleted = s.folder("deleted")
			if err := segment.deleted.write(filepath.Join(dir, s.Segments[i].Deleted)); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if wanted[id] {
				return fmt.Errorf("%s: want documents that it holds to delete, got %q and %d others it does not", dir, id, len(wanted)-1)
			}
		}
		return nil
	})
}

// Rebuild builds an index anew of the vectors it holds, deleted ones left
// out, with centroids of their own. Vectors folders of which nothing is left
// are no longer part of it. It is resumed like Build.
func Rebuild(ctx context.Context, dir string, opts Options) error {
	return change(dir, func(s *state, segments *folders) error {
		var kept folders
		var described []segmentState
		for i, segment := range *segments {
			if s.Segments[i].DeletedRows < segment.vectors.Len() {
				kept, described = append(kept, segment), append(described, s.Segments[i])
			}
		}
		if len(kept) == 0 {
			return fmt.Errorf("%s: want at least one document left to index, got none", dir)
		}
		s.Segments = described
		return build(ctx, dir, *s, kept, opts, func(finished string, built state) error {
			*s = built
			return moveAll(finished, dir)
		})
	})
}

// change lets edit work on an open index and then writes the manifest: until
// then, the index is what it was.
func change(dir string, edit func(s *state, segments *folders) error) error {
	lock, err := durable.Lock(filepath.Clean(dir) + ".lock")
	if err != nil {
		return err
	}
	defer lock.Unlock()
	s, err := readState(dir)
	if err != nil {
		return err
	}
	if err := sweep(dir, &s); err != nil {
		return err
	}
	segments, err := openFolders(dir, &s)
	if err != nil {
		return err
	}
	defer func() { segments.close() }()
	if err := edit(&s, &segments); err != nil {
		return err
	}
	if err := s.write(dir); err != nil {
		return err
	}
	return sweep(dir, &s)
}

// sweep removes the folders that a manifest does not name: those of before a
// change, and of one that was killed. Whoever has them open keeps them.
func sweep(dir string, s *state) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	named := s.folders()
	for _, entry := range entries {
		kind, _, numbered := strings.Cut(strings.TrimPrefix(entry.Name(), "."), "-")
		ours := numbered && slices.Contains([]string{"centroids", "lists", "deleted"}, kind)
		if ours && !slices.Contains(named, entry.Name()) {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
