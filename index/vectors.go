// Package index keeps vectors on disk and finds the nearest of them, exactly.
//
// A vectors folder holds
//
//	vectors.f32      rows of float32, one after another; or vectors.f16, of float16
//	codes.u8         a byte a number of each row, filled up to a multiple of 32 (see codes.go)
//	bounds.f32       of each row the scale of its code, the length of what the code leaves out, and its own
//	ids.txt          the id of each row, one a line
//	manifest.json    dim, similarity, and what the writer says of itself
//	checksums.bin    the size of each of the above and the CRC-32C of its pages (see internal/mapped)
//
// Numbers are little-endian. Rows of a cosine folder are stored with length 1,
// so that the cosine is an inner product like the other.
package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"
	"unsafe"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

const (
	vectorsFile = "vectors.f32"
	idsFile     = "ids.txt"
	floatSize   = 4

	maxDim  = 1 << 16       // beyond which a code's inner product could overflow
	maxRows = math.MaxInt32 // of a folder
)

// Vectors is an open folder. Its files are mapped, not read: a folder larger
// than memory can be searched; 8 bytes a row are held. A page is held against
// its checksum when a search first reads it. It is safe for use by many
// goroutines until Close.
type Vectors struct {
	Manifest   durable.Manifest // as its writer left it
	Similarity Similarity
	Precision  Precision
	Encoder    string // identifies the model that made the rows; "" if the folder does not say

	dir     string
	dim     int
	folder  *mapped.Folder
	ids     []byte
	ends    []int // of each id in ids, the newline left out
	rows    *mapped.File
	codes   *mapped.File // nil in a plain folder
	bounds  *mapped.File
	longest func() (float64, error) // the greatest length of a row
}

// Open maps a folder that Create or Resume wrote. A file whose size is not
// what was written is an error; Verify goes further and reads everything.
func Open(dir string) (*Vectors, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, fmt.Errorf("%s: want a little-endian machine to map vectors on", dir)
	}
	folder, err := mapped.Open(dir)
	if errors.Is(err, fs.ErrNotExist) { // of another kind, or no folder of ours
		if _, notOurs := durable.ReadManifest(dir); notOurs != nil {
			return nil, notOurs
		}
		return nil, fmt.Errorf("%s: %w; want a vectors folder, as gradus encode writes it", dir, err)
	}
	if err != nil {
		return nil, err
	}
	v := &Vectors{dir: dir, folder: folder}
	if err := v.open(); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return v, nil
}

func (v *Vectors) open() error {
	manifest, err := v.folder.File(manifestFile)
	if err != nil {
		return err
	}
	if _, err := manifest.Bytes(0, manifest.Len()); err != nil {
		return err
	}
	if v.Manifest, err = durable.ReadManifest(v.dir); err != nil {
		return err
	}
	if got := v.Manifest.Options[formatOption]; got != float64(format) {
		return fmt.Errorf("%s: want %s %d in its manifest, got %v; is it a vectors folder?", v.dir, formatOption, format, got)
	}
	text := func(option string) string { text, _ := v.Manifest.Options[option].(string); return text }
	v.Encoder, v.Similarity, v.Precision = text(encoderOption), Similarity(text(similarityOption)), Precision(text(precisionOption))
	dim, _ := v.Manifest.Options[dimOption].(float64)
	v.dim = int(dim)
	as := Options{Dim: v.dim, Similarity: v.Similarity, Precision: v.Precision}
	if err := as.check(); err != nil {
		return fmt.Errorf("%s: %w", v.dir, err)
	}
	return v.openFiles()
}

// openFiles finds the rows, and holds the sizes of the files against each other.
func (v *Vectors) openFiles() error {
	ids, err := v.folder.File(idsFile)
	if err != nil {
		return err
	}
	if err := v.readIDs(ids); err != nil {
		return err
	}
	find := func(name string, size int) (*mapped.File, error) {
		file, err := v.folder.File(name)
		if err == nil && file.Len() != v.Len()*size {
			err = file.Damaged(min(file.Len(), v.Len()*size), "want %d rows of %d bytes, got %d bytes", v.Len(), size, file.Len())
		}
		return file, err
	}
	if v.bounds, err = find(boundsFile, boundSize); err != nil {
		return err
	}
	v.codes, err = find(codesFile, stride(v.dim))
	if errors.Is(err, fs.ErrNotExist) && v.Precision != Int8 {
		v.codes, err = nil, nil
	}
	if err != nil {
		return err
	}
	if v.Precision != Int8 {
		name, number := v.Precision.rowsFile()
		v.rows, err = find(name, v.dim*number)
	}
	v.longest = sync.OnceValues(v.findLongest)
	return err
}

func (v *Vectors) readIDs(file *mapped.File) (err error) {
	if v.ids, err = file.Bytes(0, file.Len()); err != nil {
		return err
	}
	v.ends = make([]int, 0, min(int64(len(v.ids)), max(0, v.Manifest.Counts[vectorsCount])))
	for at := 0; at < len(v.ids); {
		length := bytes.IndexByte(v.ids[at:], '\n')
		if length < 0 {
			return file.Damaged(at, "want a line end behind each id")
		}
		v.ends = append(v.ends, at+length)
		at += length + 1
	}
	if count := v.Manifest.Counts[vectorsCount]; count != int64(len(v.ends)) {
		return file.Damaged(len(v.ids), "want %d ids, one a row, got %d", count, len(v.ends))
	}
	return nil
}

// Len is the number of rows.
func (v *Vectors) Len() int { return len(v.ends) }

// Dim is the length of a row.
func (v *Vectors) Dim() int { return v.dim }

// ID is the id of a row.
func (v *Vectors) ID(row int) string { return string(v.id(row)) }

// id is valid until Close.
func (v *Vectors) id(row int) []byte {
	first := 0
	if row > 0 {
		first = v.ends[row-1] + 1
	}
	return v.ids[first:v.ends[row]]
}

// Row is a row as it is stored. It must not be written to, nor used after
// Close. Its bytes are not held against their checksum; see Read.
func (v *Vectors) Row(row int) []float32 {
	if v.Precision == Float32 {
		return floats(v.rows.Unchecked())[row*v.dim : (row+1)*v.dim : (row+1)*v.dim]
	}
	values := make([]float32, v.dim)
	switch {
	case v.Precision == Float16:
		kernel.halves(v.rows.Unchecked()[row*v.dim*2:(row+1)*v.dim*2], values)
	default:
		decode(v.codes.Unchecked()[row*stride(v.dim):(row+1)*stride(v.dim)], v.bound(row).scale, values)
	}
	return values
}

// Read is Row for bytes that may be damaged: of those on disk, the rows from
// first up to last, one after another. into is room for as many, which is used where the
// file's own bytes are not floats.
func (v *Vectors) Read(first, last int, into []float32) ([]float32, error) {
	switch v.Precision {
	case Float32:
		bytes, err := v.rows.Bytes(first*v.dim*floatSize, last*v.dim*floatSize)
		return floats(bytes), err
	case Float16:
		bytes, err := v.rows.Bytes(first*v.dim*2, last*v.dim*2)
		if err != nil {
			return nil, err
		}
		into = into[:(last-first)*v.dim]
		kernel.halves(bytes, into)
		return into, nil
	}
	width := stride(v.dim)
	codes, err := v.codes.Bytes(first*width, last*width)
	if err != nil {
		return nil, err
	}
	bounds, err := v.checkedBounds(first, last)
	if err != nil {
		return nil, err
	}
	into = into[:(last-first)*v.dim]
	for i, b := range bounds {
		decode(codes[i*width:(i+1)*width], b.scale, into[i*v.dim:(i+1)*v.dim])
	}
	return into, nil
}

// prefetchRow asks memory for a row of a folder that has more than codes.
func (v *Vectors) prefetchRow(row int) {
	_, number := v.Precision.rowsFile()
	size := v.dim * number
	prefetch(v.rows.Unchecked()[row*size : (row+1)*size])
}

// checkedBounds are the bounds of the rows from first up to last.
func (v *Vectors) checkedBounds(first, last int) ([]bound, error) {
	bytes, err := v.bounds.Bytes(first*boundSize, last*boundSize)
	if err != nil || len(bytes) == 0 {
		return nil, err
	}
	return unsafe.Slice((*bound)(unsafe.Pointer(unsafe.SliceData(bytes))), last-first), nil
}

func (v *Vectors) bound(row int) bound {
	values := floats(v.bounds.Unchecked()[row*boundSize : (row+1)*boundSize])
	return bound{values[0], values[1], values[2]}
}

func (v *Vectors) findLongest() (float64, error) {
	bounds, err := v.checkedBounds(0, v.Len())
	longest := float32(0)
	for _, b := range bounds {
		longest = max(longest, b.length)
	}
	return float64(longest), err
}

// floats are bytes as what they are.
func floats(bytes []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(bytes))), len(bytes)/floatSize)
}

// CheckEncoder is an error if queries of another encoder than the rows' would
// be searched for: their scores would mean nothing. An encoder that either
// side does not know passes.
func (v *Vectors) CheckEncoder(fingerprint string) error {
	if v.Encoder == "" || fingerprint == "" || v.Encoder == fingerprint {
		return nil
	}
	return fmt.Errorf("%s: want queries of the encoder that made these vectors (%.12s), got those of another (%.12s)", v.dir, v.Encoder, fingerprint)
}

// Close unmaps the files.
func (v *Vectors) Close() error { return v.folder.Close() }

// Verify reads the folder's files whole and holds them against their checksums.
func Verify(dir string) error {
	v, err := Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(v.folder.Check(), v.Close())
}
