package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Float32Tensor is a tensor to be written: row-major, as many elements as its shape says.
type Float32Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// Write writes a file that appears whole or not at all, laid out as the
// reference implementation does: tensors by name, header padded to 8 bytes.
// The metadata are given "format": "pt", without which transformers loads nothing.
func Write(path string, tensors []Float32Tensor, metadata map[string]string) error {
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b Float32Tensor) int { return strings.Compare(a.Name, b.Name) })
	head, err := formatHeader(tensors, metadata)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		block := make([]byte, 0, blockSize)
		for _, t := range tensors {
			for data := range slices.Chunk(t.Data, blockSize/4) {
				block = block[:0]
				for _, x := range data {
					block = binary.LittleEndian.AppendUint32(block, math.Float32bits(x))
				}
				if _, err := w.Write(block); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// formatHeader returns the header with its length before it. The tensors are in the order of their bytes.
func formatHeader(tensors []Float32Tensor, metadata map[string]string) ([]byte, error) {
	meta := map[string]string{"format": "pt"}
	maps.Copy(meta, metadata)
	var b bytes.Buffer
	b.WriteString(`{"` + metadataKey + `":`)
	if err := appendJSON(&b, meta); err != nil {
		return nil, err
	}
	offset := uint64(0)
	for i, t := range tensors {
		if err := t.check(); err != nil {
			return nil, err
		}
		if i > 0 && tensors[i-1].Name == t.Name {
			return nil, fmt.Errorf("tensor %q: want each name once, got it twice", t.Name)
		}
		b.WriteByte(',')
		if err := appendJSON(&b, t.Name); err != nil {
			return nil, err
		}
		end := offset + 4*uint64(len(t.Data))
		b.WriteString(`:{"dtype":"F32","shape":`)
		if err := appendJSON(&b, append([]int{}, t.Shape...)); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"data_offsets":[%d,%d]}`, offset, end)
		offset = end
	}
	b.WriteByte('}')
	for b.Len()%lengthSize != 0 {
		b.WriteByte(' ')
	}
	if b.Len() > maxHeader {
		return nil, fmt.Errorf("want a header of at most %d bytes, got %d", maxHeader, b.Len())
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(b.Len())), b.Bytes()...), nil
}

func (t Float32Tensor) check() error {
	if t.Name == metadataKey || !utf8.ValidString(t.Name) {
		return fmt.Errorf("tensor %q: want a name of UTF-8 other than %s", t.Name, metadataKey)
	}
	if slices.ContainsFunc(t.Shape, func(dim int) bool { return dim < 0 }) {
		return fmt.Errorf("tensor %q: want no negative dimension, got %v", t.Name, t.Shape)
	}
	want, err := byteSize("F32", t.Shape)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if want/4 != uint64(len(t.Data)) {
		return fmt.Errorf("tensor %q: want %d elements for shape %v, got %d", t.Name, want/4, t.Shape, len(t.Data))
	}
	return nil
}

// appendJSON writes v on one line, without the escapes that are for HTML.
func appendJSON(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends with a newline
	return nil
}
