package index

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// The manifest's words for what Create adds to it.
const (
	dimOption        = "dim"
	similarityOption = "similarity"
	hashesOption     = "sha256"
	encoderOption    = "encoder_fingerprint"
	vectorsCount     = "vectors"
)

// Options are what a vectors folder is made as.
type Options struct {
	Dim        int
	Similarity Similarity       // zero is Cosine
	Encoder    string           // identifies the model that made the vectors; "" if none is to be held to it
	Manifest   durable.Manifest // verb, options and inputs to record; the above, hashes and count are added
}

// Writer streams rows into a folder; Create hands it out. It is for one
// goroutine. It holds the ids, never the rows.
type Writer struct {
	dim       int
	normalise bool
	rows, ids *output
	seen      map[string]struct{}
	buffer    []byte
}

// Create writes the folder dir, whole or not at all: fill appends the rows to
// a folder beside it, which is renamed once fill returns nil. A dir that exists is an error.
func Create(dir string, opts Options, fill func(*Writer) error) error {
	if opts.Similarity == "" {
		opts.Similarity = Cosine
	}
	if err := opts.Similarity.check(); err != nil {
		return err
	}
	if opts.Dim < 1 {
		return fmt.Errorf("vectors: want a dim of at least 1, got %d", opts.Dim)
	}
	return durable.CreateFolder(dir, func(temp string) (err error) {
		w := &Writer{dim: opts.Dim, normalise: opts.Similarity == Cosine, seen: make(map[string]struct{})}
		defer func() {
			for _, out := range []*output{w.rows, w.ids} {
				if failed := out.close(); err == nil {
					err = failed
				}
			}
		}()
		if w.rows, err = create(filepath.Join(temp, vectorsFile)); err != nil {
			return err
		}
		if w.ids, err = create(filepath.Join(temp, idsFile)); err != nil {
			return err
		}
		if err := fill(w); err != nil {
			return err
		}
		m := opts.Manifest
		m.Options, m.Counts = maps.Clone(m.Options), maps.Clone(m.Counts)
		if m.Options == nil {
			m.Options = make(map[string]any)
		}
		if m.Counts == nil {
			m.Counts = make(map[string]int64)
		}
		m.Options[dimOption] = opts.Dim
		m.Options[similarityOption] = opts.Similarity
		if opts.Encoder != "" {
			m.Options[encoderOption] = opts.Encoder
		}
		m.Options[hashesOption] = map[string]string{vectorsFile: w.rows.sum(), idsFile: w.ids.sum()}
		m.Counts[vectorsCount] = int64(len(w.seen))
		return durable.WriteManifest(temp, m)
	})
}

// Append adds a row; vector is not kept. A vector of another length, one with
// a value that is not finite, one without direction in a cosine folder, an
// empty id, one with a line end and one that was there before are errors that name the id.
func (w *Writer) Append(id string, vector []float32) error {
	if id == "" || strings.ContainsAny(id, "\r\n") {
		return fmt.Errorf("vectors: want an id of one line that is not empty, got %q", id)
	}
	if _, twice := w.seen[id]; twice {
		return fmt.Errorf("vector of %q: want each id once, got it twice", id)
	}
	if err := checkVector(vector, w.dim); err != nil {
		return fmt.Errorf("vector of %q: %w", id, err)
	}
	scale := 1.0
	if w.normalise {
		length := norm(vector)
		if length == 0 {
			return fmt.Errorf("vector of %q: want a direction to take the cosine with, got zeros", id)
		}
		scale = 1 / length
	}
	w.seen[strings.Clone(id)] = struct{}{}
	w.buffer = w.buffer[:0]
	for _, x := range vector {
		w.buffer = binary.LittleEndian.AppendUint32(w.buffer, math.Float32bits(float32(float64(x)*scale)))
	}
	if _, err := w.rows.Write(w.buffer); err != nil {
		return err
	}
	_, err := io.WriteString(w.ids, id+"\n")
	return err
}

// checkVector wants dim finite numbers.
func checkVector(vector []float32, dim int) error {
	if len(vector) != dim {
		return fmt.Errorf("want %d dimensions, got %d", dim, len(vector))
	}
	for i, x := range vector {
		if x-x != 0 { // NaN or infinite
			return fmt.Errorf("want finite numbers, got %v in dimension %d", x, i)
		}
	}
	return nil
}

// norm is the Euclidean length, summed in float64, where float32 cannot overflow.
func norm(vector []float32) float64 {
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
