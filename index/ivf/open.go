package ivf

import (
	"path/filepath"

	"github.com/gradus-ir/gradus/index"
)

// Index is an open index. It is safe for use by many goroutines until Close.
// A change to the folder shows once it is opened again.
type Index struct {
	Similarity index.Similarity
	Encoder    string // identifies the model that made the vectors; "" if they do not say

	dir       string
	centroids *centroids
	rotation  *rotation
	segments  []*segment
}

// Open maps an index and the vectors folders it was built of.
// A file that is damaged is an error that names an offset, here or when a search comes to it.
func Open(dir string) (_ *Index, err error) {
	s, err := readState(dir)
	if err != nil {
		return nil, err
	}
	x := &Index{Similarity: s.Similarity, Encoder: s.Encoder, dir: dir}
	defer func() {
		if err != nil {
			x.Close()
		}
	}()
	if x.centroids, err = readCentroids(filepath.Join(dir, s.Centroids), s.Lists, s.Dim); err != nil {
		return nil, err
	}
	x.rotation = newRotation(s.Dim, s.Seed)
	for _, described := range s.Segments {
		segment, err := openSegment(dir, described, newLayout(&s))
		if err != nil {
			return nil, err
		}
		x.segments = append(x.segments, segment)
		if segment.vectors, err = openVectors(dir, described); err != nil {
			return nil, err
		}
		if err := s.check(segment.vectors, described.Vectors); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Dim is the number of dimensions.
func (x *Index) Dim() int { return x.centroids.dim }

// Lists is the number of lists.
func (x *Index) Lists() int { return x.centroids.len() }

// Len is the number of vectors that can be found.
func (x *Index) Len() int {
	n := 0
	for _, s := range x.segments {
		n += s.count()
	}
	return n
}

// Vectors are the folders the index is of, open as long as it is.
func (x *Index) Vectors() []*index.Vectors {
	var all []*index.Vectors
	for _, s := range x.segments {
		all = append(all, s.vectors)
	}
	return all
}

// Close unmaps everything.
func (x *Index) Close() error {
	for _, s := range x.segments {
		s.close()
	}
	x.segments = nil
	return nil
}
