package parquetfile

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// groupBytes is about how much text a row group holds.
const groupBytes = 64 << 20

// Writer writes rows of a struct T, whose fields name their columns in tags:
// `parquet:"_id"`. Pages are packed with Snappy, as the hub's are.
type Writer[T any] struct {
	out  *parquet.GenericWriter[T]
	size int
	row  [1]T
}

// NewWriter returns a writer to w, which stays open.
func NewWriter[T any](w io.Writer) *Writer[T] {
	return &Writer[T]{out: parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Snappy))}
}

// Write adds a row of about size bytes.
func (w *Writer[T]) Write(row T, size int) error {
	w.row[0] = row
	if _, err := w.out.Write(w.row[:]); err != nil {
		return err
	}
	if w.size += size + 8; w.size < groupBytes {
		return nil
	}
	w.size = 0
	return w.out.Flush()
}

// Close writes what is left and the footer.
func (w *Writer[T]) Close() error { return w.out.Close() }
