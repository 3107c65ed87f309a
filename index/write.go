package index

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// The manifest's words for what Create adds to it.
const (
	formatOption     = "vectors_format"
	dimOption        = "dim"
	similarityOption = "similarity"
	precisionOption  = "stored_as"
	encoderOption    = "encoder_fingerprint"
	vectorsCount     = "vectors"

	manifestFile = "manifest.json"
	format       = 2
)

// Options are what a vectors folder is made as.
type Options struct {
	Dim        int
	Similarity Similarity       // zero is Cosine
	Precision  Precision        // zero is Float32
	Plain      bool             // no codes beside the rows: a fifth less disk at Float32, and slower searches
	Encoder    string           // identifies the model that made the vectors; "" if none is to be held to it
	Manifest   durable.Manifest // verb, options and inputs to record; the above and the count are added
}

// check is an error where no folder can be made so; it fills in what is zero.
func (o *Options) check() error {
	if o.Similarity == "" {
		o.Similarity = Cosine
	}
	if o.Precision == "" {
		o.Precision = Float32
	}
	if err := o.Similarity.check(); err != nil {
		return err
	}
	if _, err := ParsePrecision(string(o.Precision)); err != nil {
		return err
	}
	if o.Dim < 1 || o.Dim > maxDim {
		return fmt.Errorf("vectors: want a dim of 1 to %d, got %d", maxDim, o.Dim)
	}
	if o.Plain && o.Precision == Int8 {
		return fmt.Errorf("vectors: want codes with precision %s, which has nothing else", Int8)
	}
	return nil
}

// Writer streams rows into a folder; Create and Resume hand it out. It is for
// one goroutine. It holds 16 bytes of hash an id, never the rows.
type Writer struct {
	opts  Options
	files files
	seen  map[[2]uint64]struct{}
	seeds [2]maphash.Seed
	row   []float32
	bytes []byte
	full  func() error // called after each Block of rows; may be nil
}

// files are those of a folder being written; rows or codes may be nil.
type files struct{ rows, codes, bounds, ids *mapped.Output }

func (f files) all() []*mapped.Output {
	var all []*mapped.Output
	for _, out := range []*mapped.Output{f.ids, f.rows, f.codes, f.bounds} {
		if out != nil {
			all = append(all, out)
		}
	}
	return all
}

// close closes all and returns the first error: a full disk is said once, not for each file.
func (f files) close() error {
	var first error
	for _, out := range f.all() {
		first = cmp.Or(first, out.Close())
	}
	return first
}

// open opens each of the folder's files, by name and the bytes a row has in it; the ids' vary and are 0.
func (o Options) open(open func(name string, size int) (*mapped.Output, error)) (f files, err error) {
	rows, number := o.Precision.rowsFile()
	for _, file := range []struct {
		to   **mapped.Output
		name string
		size int
		skip bool
	}{
		{&f.ids, idsFile, 0, false},
		{&f.rows, rows, o.Dim * number, o.Precision == Int8},
		{&f.codes, codesFile, stride(o.Dim), o.Plain},
		{&f.bounds, boundsFile, boundSize, false},
	} {
		if file.skip {
			continue
		}
		if *file.to, err = open(file.name, file.size); err != nil {
			return files{}, cmp.Or(err, f.close())
		}
	}
	return f, nil
}

// Create writes the folder dir, whole or not at all: fill appends the rows to
// a folder beside it, which is renamed once fill returns nil. A dir that exists is an error.
func Create(dir string, opts Options, fill func(*Writer) error) error {
	if err := opts.check(); err != nil {
		return err
	}
	return durable.CreateFolder(dir, func(temp string) error {
		w := newWriter(opts)
		var err error
		w.files, err = opts.open(func(name string, _ int) (*mapped.Output, error) { return mapped.Create(filepath.Join(temp, name)) })
		if err != nil {
			return err
		}
		if err = fill(w); err == nil {
			err = w.finish(temp)
		}
		return cmp.Or(err, w.files.close())
	})
}

func newWriter(opts Options) *Writer {
	return &Writer{opts: opts, seen: make(map[[2]uint64]struct{}), seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, row: make([]float32, opts.Dim)}
}

// finish writes what tells of the rows.
func (w *Writer) finish(dir string) error {
	m := w.opts.Manifest
	m.Options, m.Counts = maps.Clone(m.Options), maps.Clone(m.Counts)
	if m.Options == nil {
		m.Options = make(map[string]any)
	}
	if m.Counts == nil {
		m.Counts = make(map[string]int64)
	}
	m.Options[formatOption] = format
	m.Options[dimOption] = w.opts.Dim
	m.Options[similarityOption] = w.opts.Similarity
	m.Options[precisionOption] = w.opts.Precision
	if w.opts.Encoder != "" {
		m.Options[encoderOption] = w.opts.Encoder
	}
	m.Counts[vectorsCount] = int64(w.Len())
	if err := durable.WriteManifest(dir, m); err != nil {
		return err
	}
	return mapped.WriteChecksums(dir, w.files.all(), manifestFile)
}

// Len is the number of rows there are.
func (w *Writer) Len() int { return len(w.seen) }

// Append adds a row; vector is not kept. A vector of another length, one with
// a value that is not finite or that the precision cannot hold, one without
// direction in a cosine folder, an empty id, one with a line end and one that
// was there before are errors that name the id.
func (w *Writer) Append(id string, vector []float32) error {
	if err := w.take(id); err != nil {
		return err
	}
	if err := CheckVector(vector, w.opts.Dim); err != nil {
		return fmt.Errorf("vector of %q: %w", id, err)
	}
	row := w.row
	copy(row, vector)
	if w.opts.Similarity == Cosine {
		if row = unit(vector); norm(row) == 0 {
			return fmt.Errorf("vector of %q: want a direction to take the cosine with, got zeros", id)
		}
	}
	return w.store(id, row)
}

// take notes an id.
func (w *Writer) take(id string) error {
	if id == "" || strings.ContainsAny(id, "\r\n") {
		return fmt.Errorf("vectors: want an id of one line that is not empty, got %q", id)
	}
	key := [2]uint64{maphash.String(w.seeds[0], id), maphash.String(w.seeds[1], id)} // two ids have one key once in 10^38
	if _, twice := w.seen[key]; twice {
		return fmt.Errorf("vector of %q: want each id once, got it twice", id)
	}
	if len(w.seen) == maxRows {
		return fmt.Errorf("vector of %q: want at most %d rows in a folder; encode in shards", id, maxRows)
	}
	w.seen[key] = struct{}{}
	return nil
}

// store writes a row that is as the similarity wants it; row is overwritten.
func (w *Writer) store(id string, row []float32) error {
	w.bytes = w.bytes[:0]
	if w.opts.Precision != Int8 {
		w.bytes = w.opts.Precision.appendRow(w.bytes, row)
		if err := CheckVector(row, w.opts.Dim); err != nil { // as stored
			return fmt.Errorf("vector of %q as %s: %w", id, w.opts.Precision, err)
		}
	}
	size := len(w.bytes)
	var b bound
	w.bytes, b = appendCode(w.bytes, row, w.opts.Precision, w.opts.Similarity)
	return w.put(id, w.bytes[:size], w.bytes[size:], b)
}

// put writes what is stored of a row.
func (w *Writer) put(id string, row, codes []byte, b bound) error {
	for _, part := range []struct {
		out   *mapped.Output
		bytes []byte
	}{{w.files.rows, row}, {w.files.codes, codes}, {w.files.bounds, b.append(nil)}, {w.files.ids, []byte(id + "\n")}} {
		if part.out == nil {
			continue
		}
		if _, err := part.out.Write(part.bytes); err != nil {
			return err
		}
	}
	if w.full != nil && w.Len()%Block == 0 {
		return w.full()
	}
	return nil
}
