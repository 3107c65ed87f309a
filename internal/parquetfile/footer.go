package parquetfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of what a file may say of itself. They are far above what writers of
// the field make; memory that a broken file asks for ends the process.
const (
	mostFooter = 256 << 20 // bytes
	mostPage   = 1 << 30   // bytes, unpacked
)

const magic = "PAR1"

// footer is what a file says of itself at its end.
type footer struct {
	format.FileMetaData
	size int64 // of the file
}

func readFooter(file io.ReaderAt, size int64) (footer, error) {
	f := footer{size: size}
	var tail [4 + len(magic)]byte
	if size < int64(len(magic)+len(tail)) {
		return f, fmt.Errorf("want a parquet file, got %d bytes", size)
	}
	if _, err := file.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return f, err
	}
	if string(tail[4:]) != magic {
		return f, fmt.Errorf("want a parquet file, which ends with %q, got %q", magic, tail[4:])
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if most := min(mostFooter, size-int64(len(magic)+len(tail))); length > most {
		return f, fmt.Errorf("want a footer of at most %d bytes, got %d", most, length)
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, size-int64(len(tail))-length); err != nil {
		return f, err
	}
	if err := decode(text, &f.FileMetaData); err != nil {
		return f, fmt.Errorf("the footer: %w", err)
	}
	return f, nil
}

// decode reads a Thrift structure. Its sizes are checked before room is made
// for it; what panics in the decoder nevertheless is an error.
func decode(text []byte, to any) (err error) {
	length, err := skipStruct(text)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errMalformed, p)
		}
	}()
	return thrift.Unmarshal(new(thrift.CompactProtocol), text[:length], to)
}

// leaf is a column of a file.
type leaf struct {
	at         int // among the chunks of a row group; -1 for a column that is not there
	name       string
	kind       format.Type
	typeLength int  // of FixedLenByteArray
	optional   bool // values may be null
}

// find returns the first of the column's names that the file has.
func (f *footer) find(c Column) (leaf, error) {
	top, err := f.top()
	if err != nil {
		return leaf{}, err
	}
	var have []string
	for _, name := range c.Names {
		for _, column := range top {
			if column.name != name {
				continue
			}
			if column.at < 0 {
				return leaf{}, fmt.Errorf("want a text or a number a row in column %q, got lists, a structure or something else", name)
			}
			return column, nil
		}
	}
	if c.Optional {
		return leaf{at: -1}, nil
	}
	for _, column := range top {
		have = append(have, column.name)
	}
	return leaf{}, fmt.Errorf("want a column %s, got %s", strings.Join(c.Names, " or "), strings.Join(have, ", "))
}

// top are the columns at the top of the schema; at is -1 for one that is not
// one text or number a row.
func (f *footer) top() ([]leaf, error) {
	var top []leaf
	leaves := 0
	for i := 1; i < len(f.Schema); { // 0 is the root
		element := &f.Schema[i]
		column := leaf{
			at: -1, name: element.Name, kind: element.Type.V, typeLength: int(element.TypeLength.V),
			optional: element.RepetitionType.V == format.Optional,
		}
		if element.NumChildren.V == 0 && element.RepetitionType.V != format.Repeated && readable(element.Type) {
			column.at = leaves
		}
		top = append(top, column)
		for open := int64(1); open > 0; open-- { // the element and all below it
			if i >= len(f.Schema) {
				return nil, fmt.Errorf("the footer: %w: want a whole schema", errMalformed)
			}
			children := f.Schema[i].NumChildren.V
			if children < 0 || int(children) > len(f.Schema) {
				return nil, fmt.Errorf("the footer: %w: a column of %d columns", errMalformed, children)
			}
			if children == 0 {
				leaves++
			}
			open += int64(children)
			i++
		}
	}
	return top, nil
}

func readable(kind thrift.Null[format.Type]) bool {
	switch kind.V {
	case format.ByteArray, format.FixedLenByteArray, format.Int32, format.Int64, format.Float, format.Double:
		return kind.Valid
	}
	return false
}
