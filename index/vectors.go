// Package index keeps vectors on disk and finds the nearest of them, exactly.
//
// A vectors folder holds
//
//	vectors.f32      rows of float32, little-endian, one after another
//	ids.txt          the id of each row, one a line
//	manifest.json    dim, similarity, hashes, and what the writer says of itself
//
// Rows of a cosine folder are stored with length 1, so that the cosine is an
// inner product like the other.
package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/textfile"
)

const (
	vectorsFile = "vectors.f32"
	idsFile     = "ids.txt"
	floatSize   = 4
)

// Similarity is how near a row is to a query.
type Similarity string

// The similarities there are.
const (
	Cosine Similarity = "cosine"
	Dot    Similarity = "dot"
)

func (s Similarity) check() error {
	if s != Cosine && s != Dot {
		return fmt.Errorf("similarity: want %s or %s, got %q", Cosine, Dot, s)
	}
	return nil
}

// Vectors is an open folder. Its rows are mapped, not read: a folder larger
// than memory can be searched. It is safe for use by many goroutines until
// Close.
type Vectors struct {
	Manifest   durable.Manifest // as its writer left it
	Similarity Similarity
	Encoder    string // identifies the model that made the rows; "" if the folder does not say

	dir    string
	dim    int
	ids    []string
	rows   []float32 // all rows, one after another
	mapped []byte
}

// Open maps a folder that Create wrote. A file whose size is not what the
// manifest says is an error; Verify goes further and reads everything.
func Open(dir string) (*Vectors, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, fmt.Errorf("%s: want a little-endian machine to map vectors on", dir)
	}
	manifest, err := durable.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	v := &Vectors{Manifest: manifest, dir: dir}
	v.Encoder, _ = manifest.Options[encoderOption].(string)
	name, _ := manifest.Options[similarityOption].(string)
	v.Similarity = Similarity(name)
	if err := v.Similarity.check(); err != nil {
		return nil, fmt.Errorf("%s: %w; is it a vectors folder?", dir, err)
	}
	dim, _ := manifest.Options[dimOption].(float64)
	if v.dim = int(dim); v.dim < 1 || float64(v.dim) != dim {
		return nil, fmt.Errorf("%s: want a dim of at least 1 in its manifest, got %v", dir, manifest.Options[dimOption])
	}
	count, ok := manifest.Counts[vectorsCount]
	if !ok || count < 0 || count > math.MaxInt64/floatSize/int64(v.dim) {
		return nil, fmt.Errorf("%s: want the number of vectors in its manifest, got %d", dir, count)
	}
	if v.ids, err = readIDs(filepath.Join(dir, idsFile), count); err != nil {
		return nil, err
	}
	if err := v.mapRows(filepath.Join(dir, vectorsFile), count); err != nil {
		return nil, err
	}
	return v, nil
}

// Len is the number of rows.
func (v *Vectors) Len() int { return len(v.ids) }

// Dim is the length of a row.
func (v *Vectors) Dim() int { return v.dim }

// ID is the id of a row.
func (v *Vectors) ID(row int) string { return v.ids[row] }

// Row is a row as it stands in the file. It must not be written to, nor used after Close.
func (v *Vectors) Row(row int) []float32 {
	return v.rows[row*v.dim : (row+1)*v.dim : (row+1)*v.dim]
}

// CheckEncoder is an error if queries of another encoder than the rows' would
// be searched for: their scores would mean nothing. An encoder that either
// side does not know passes.
func (v *Vectors) CheckEncoder(fingerprint string) error {
	if v.Encoder == "" || fingerprint == "" || v.Encoder == fingerprint {
		return nil
	}
	return fmt.Errorf("%s: want queries of the encoder that made these vectors (%.12s), got those of another (%.12s); encode both with one model at one maximum length", v.dir, v.Encoder, fingerprint)
}

// Close unmaps the rows.
func (v *Vectors) Close() error {
	mapped := v.mapped
	v.mapped, v.rows = nil, nil
	if mapped == nil {
		return nil
	}
	return unmapFile(mapped)
}

// Verify reads the folder's files whole and holds their SHA-256 against the manifest's.
func Verify(dir string) error {
	manifest, err := durable.ReadManifest(dir)
	if err != nil {
		return err
	}
	want, _ := manifest.Options[hashesOption].(map[string]any)
	for _, name := range []string{vectorsFile, idsFile} {
		path := filepath.Join(dir, name)
		got, err := durable.HashFile(path)
		if err != nil {
			return err
		}
		if got != want[name] {
			return fmt.Errorf("%s: want SHA-256 %v, got %s; encode again", path, want[name], got)
		}
	}
	return nil
}

func (v *Vectors) mapRows(path string, count int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // the mapping outlives it
	info, err := file.Stat()
	if err != nil {
		return err
	}
	want := count * int64(v.dim) * floatSize
	if info.Size() != want {
		return fmt.Errorf("%s: want %d bytes (%d rows of %d float32), got %d; encode again", path, want, count, v.dim, info.Size())
	}
	if want == 0 {
		return nil
	}
	if v.mapped, err = mapFile(file, int(want)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	v.rows = unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(v.mapped))), len(v.mapped)/floatSize)
	return nil
}

func readIDs(path string, count int64) ([]string, error) {
	lines, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	var ids []string
	for lines.Scan() {
		ids = append(ids, string(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if int64(len(ids)) != count {
		return nil, fmt.Errorf("%s: want %d ids, one a row, got %d; encode again", path, count, len(ids))
	}
	return ids, nil
}
