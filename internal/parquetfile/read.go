// Package parquetfile reads and writes flat parquet files row by row.
//
// The reader is our own, but for the structures of metadata: libraries of the
// format take it at its word, and a flipped bit in a file makes them ask for
// more memory than there is, which no recover helps against. Here every size is
// held against what is there before it is believed, so that a broken file is an
// error and never the end of the process.
//
// Source: https://github.com/apache/parquet-format.
package parquetfile

import (
	"fmt"
	"io"
	"os"
)

// Column is one that Read looks for: the first of Names that the file has.
type Column struct {
	Names    []string
	Optional bool // its values are "" where the file has none of Names
}

// Read calls each with the rows of a file: the values of the columns, in their
// order, as texts. A number has its digits, a null is "". row is used again for
// the next. Pages may be packed by Snappy, gzip or zstd. An error of each ends
// the reading; errors have the file's path and, once rows are read, the row,
// counted from 1. Memory holds a page a column.
func Read(path string, columns []Column, each func(row []string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := read(file, info.Size(), columns, each); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// read is Read of a file of size bytes.
func read(file io.ReaderAt, size int64, columns []Column, each func(row []string) error) error {
	footer, err := readFooter(file, size)
	if err != nil {
		return err
	}
	leaves := make([]leaf, len(columns))
	for i, column := range columns {
		if leaves[i], err = footer.find(column); err != nil {
			return err
		}
	}
	number := int64(0)
	for group := range footer.RowGroups {
		number, err = footer.rows(file, group, leaves, number, each)
		if err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
	}
	return nil
}

// rows calls each with the rows of a row group that begins after row number,
// and returns the number of the last row it came to.
func (f *footer) rows(file io.ReaderAt, group int, leaves []leaf, number int64, each func(row []string) error) (int64, error) {
	chunks := make([]*chunk, len(leaves))
	for i, leaf := range leaves {
		var err error
		if chunks[i], err = f.open(file, group, leaf); err != nil {
			return number + 1, err
		}
	}
	row := make([]string, len(leaves))
	for range f.RowGroups[group].NumRows {
		number++
		for i, chunk := range chunks {
			var err error
			if row[i], err = chunk.next(); err != nil {
				return number, err
			}
		}
		if err := each(row); err != nil {
			return number, err
		}
	}
	return number, nil
}
