package ivf

import (
	"fmt"
	"path/filepath"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// folders are the open vectors folders of an index, in the order of its segments.
type folders []live

func (f folders) close() {
	for _, folder := range f {
		folder.vectors.Close()
	}
}

// openFolders opens those that an index in dir was built of, with what was deleted of each.
func openFolders(dir string, s *state) (opened folders, err error) {
	defer func() {
		if err != nil {
			opened.close()
		}
	}()
	for _, segment := range s.Segments {
		v, err := openVectors(dir, segment)
		if err != nil {
			return opened, err
		}
		opened = append(opened, live{vectors: v})
		if segment.Deleted == "" {
			continue
		}
		if opened[len(opened)-1].deleted, err = readBitmap(filepath.Join(dir, segment.Deleted), segment.Rows); err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// add opens more vectors folders as further segments of an index in dir. The
// first of all says what the others must be like.
func (f *folders) add(dir string, s *state, vectors []string) error {
	for _, path := range vectors {
		v, segment, err := describe(dir, path)
		if err != nil {
			return err
		}
		*f = append(*f, live{vectors: v})
		s.Segments = append(s.Segments, segment)
		if len(*f) == 1 {
			s.Dim, s.Similarity, s.Encoder = v.Dim(), v.Similarity, v.Encoder
		}
		if err := s.check(v, path); err != nil {
			return err
		}
	}
	return f.checkDistinct()
}

// checkDistinct is an error where a live document is in two folders.
func (f folders) checkDistinct() error {
	if len(f) == 1 {
		return nil // a vectors folder has each id once
	}
	seen := make(map[string]struct{})
	for _, folder := range f {
		for row := range folder.vectors.Len() {
			if folder.deleted.has(row) {
				continue
			}
			id := folder.vectors.ID(row)
			if _, twice := seen[id]; twice {
				return fmt.Errorf("document %q: want it in one of the folders to index, got it in two; is a folder given twice?", id)
			}
			seen[id] = struct{}{}
		}
	}
	return nil
}

// check is an error where a vectors folder does not go with the index.
func (s *state) check(v *index.Vectors, dir string) error {
	switch {
	case v.Dim() != s.Dim:
		return fmt.Errorf("%s: want vectors of %d dimensions, as the others', got %d", dir, s.Dim, v.Dim())
	case v.Similarity != s.Similarity:
		return fmt.Errorf("%s: want vectors of the similarity %s, as the others', got %s", dir, s.Similarity, v.Similarity)
	case v.Encoder != s.Encoder:
		return fmt.Errorf("%s: want vectors of the encoder of the others (%.12s), got those of another (%.12s)", dir, s.Encoder, v.Encoder)
	}
	return nil
}

// describe opens a vectors folder and says what an index in dir has to know of it.
func describe(dir, vectors string) (*index.Vectors, segmentState, error) {
	v, err := index.Open(vectors)
	if err != nil {
		return nil, segmentState{}, err
	}
	s := segmentState{Rows: v.Len()}
	if s.Checksums, err = durable.HashFile(filepath.Join(vectors, mapped.ChecksumsFile)); err == nil {
		s.Vectors, err = relative(dir, vectors)
	}
	if err == nil && v.Len() > maxRows {
		err = fmt.Errorf("%s: want at most %d vectors in a folder to index, got %d; encode in shards", vectors, maxRows, v.Len())
	}
	if err != nil {
		v.Close()
		return nil, segmentState{}, err
	}
	return v, s, nil
}

// openVectors opens the vectors folder of a segment, which must be the one that was indexed.
func openVectors(dir string, s segmentState) (*index.Vectors, error) {
	path := filepath.Join(dir, s.Vectors)
	v, now, err := describe(dir, path)
	if err != nil {
		return nil, err
	}
	if now.Checksums != s.Checksums || now.Rows != s.Rows {
		v.Close()
		return nil, fmt.Errorf("%s: want the vectors folder that %s was built of, got another; build the index again", path, dir)
	}
	return v, nil
}

// relative is the way from a folder to a path, so that both may be moved together.
func relative(from, path string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return filepath.Rel(from, path)
}
