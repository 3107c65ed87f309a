package parquetfile

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// chunk reads the values of one column in one row group, page by page.
type chunk struct {
	file    io.ReaderAt
	leaf    leaf
	codec   format.CompressionCodec
	at, end int64 // of the file: the next page, and where the chunk ends
	rows    int64 // that are still to come

	dictionary []string
	left       int64   // rows of the page that are still to come
	levels     *hybrid // of the page: 1 for a value, 0 for a null; nil where none is null
	values     values
}

// values are those of a page, nulls left out.
type values interface{ next() (string, error) }

func (f *footer) open(file io.ReaderAt, group int, l leaf) (*chunk, error) {
	if l.at < 0 {
		return nil, nil
	}
	g := &f.RowGroups[group]
	if l.at >= len(g.Columns) {
		return nil, fmt.Errorf("column %s: want it among %d columns, got place %d", l.name, len(g.Columns), l.at)
	}
	meta := &g.Columns[l.at].MetaData
	c := &chunk{file: file, leaf: l, codec: meta.Codec, at: meta.DataPageOffset, rows: g.NumRows}
	if first := meta.DictionaryPageOffset; first > 0 && first < c.at {
		c.at = first
	}
	c.end = c.at + meta.TotalCompressedSize
	if c.at < int64(len(magic)) || c.end < c.at || c.end > f.size {
		return nil, fmt.Errorf("column %s: want pages within the file's %d bytes, got %d to %d", l.name, f.size, c.at, c.end)
	}
	return c, nil
}

// next is the value of the next row; "" for a null, and for a column that is not there.
func (c *chunk) next() (string, error) {
	if c == nil {
		return "", nil
	}
	value, err := c.value()
	if err != nil {
		return "", fmt.Errorf("column %s: %w", c.leaf.name, err)
	}
	return value, nil
}

func (c *chunk) value() (string, error) {
	for c.left == 0 {
		if c.at >= c.end {
			return "", errors.New("want a value in every row, got the end of the column")
		}
		if err := c.page(); err != nil {
			return "", fmt.Errorf("page at byte %d: %w", c.at, err)
		}
	}
	c.left--
	c.rows--
	if c.levels != nil {
		level, err := c.levels.next()
		if err != nil || level == 0 {
			return "", err
		}
	}
	return c.values.next()
}

// page reads the page at c.at.
func (c *chunk) page() error {
	header, length, err := readHeader(c.file, c.at, c.end)
	if err != nil {
		return err
	}
	packed := int64(header.CompressedPageSize)
	switch start := c.at + length; {
	case packed < 0 || packed > c.end-start:
		return fmt.Errorf("want at most %d bytes, got %d", c.end-start, packed)
	case header.UncompressedPageSize < 0 || header.UncompressedPageSize > mostPage:
		return fmt.Errorf("want at most %d bytes unpacked, got %d", mostPage, header.UncompressedPageSize)
	}
	body := make([]byte, packed)
	if _, err := c.file.ReadAt(body, c.at+length); err != nil {
		return err
	}
	if sum := crc32.ChecksumIEEE(body); header.CRC != 0 && uint32(header.CRC) != sum {
		return fmt.Errorf("want checksum %08x, got %08x", uint32(header.CRC), sum)
	}
	switch {
	case header.DictionaryPageHeader.Valid:
		err = c.readDictionary(header, body)
	case header.DataPageHeader.Valid:
		err = c.readData(header, body)
	case header.DataPageHeaderV2.Valid:
		err = c.readDataV2(header, body)
	}
	if err == nil {
		c.at += length + packed
	}
	return err
}

// readHeader reads the page header at an offset and tells how long it is. It
// may hold statistics, so its length is not bounded by much.
func readHeader(file io.ReaderAt, at, end int64) (*format.PageHeader, int64, error) {
	for room := int64(1024); ; room *= 16 {
		room = min(room, end-at)
		text := make([]byte, room)
		if _, err := file.ReadAt(text, at); err != nil {
			return nil, 0, err
		}
		length, err := skipStruct(text)
		if errors.Is(err, errCut) && room < min(end-at, mostFooter) {
			continue
		}
		header := new(format.PageHeader)
		if err == nil {
			err = decode(text[:length], header)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("its header: %w", err)
		}
		return header, int64(length), nil
	}
}

func (c *chunk) readDictionary(header *format.PageHeader, body []byte) error {
	h := header.DictionaryPageHeader.V
	body, err := unpack(c.codec, body, int(header.UncompressedPageSize))
	if err != nil {
		return err
	}
	if h.NumValues < 0 || int(h.NumValues) > len(body) { // a value takes 4 bytes or more
		return fmt.Errorf("want a dictionary of at most %d values, got %d", len(body), h.NumValues)
	}
	plain := &plain{body, c.leaf}
	c.dictionary = make([]string, h.NumValues)
	for i := range c.dictionary {
		if c.dictionary[i], err = plain.next(); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunk) readData(header *format.PageHeader, body []byte) error {
	h := header.DataPageHeader.V
	body, err := unpack(c.codec, body, int(header.UncompressedPageSize))
	if err != nil {
		return err
	}
	var levels []byte
	if c.leaf.optional {
		if levels, body, err = prefixed(body); err != nil {
			return fmt.Errorf("its levels: %w", err)
		}
	}
	return c.begin(int64(h.NumValues), h.Encoding, levels, body)
}

func (c *chunk) readDataV2(header *format.PageHeader, body []byte) error {
	h := header.DataPageHeaderV2.V
	repeated, defined := int64(h.RepetitionLevelsByteLength), int64(h.DefinitionLevelsByteLength)
	if repeated < 0 || defined < 0 || repeated+defined > int64(len(body)) {
		return fmt.Errorf("want levels within its %d bytes, got %d and %d", len(body), repeated, defined)
	}
	levels, body := body[repeated:repeated+defined], body[repeated+defined:]
	if !h.IsCompressed.Valid || h.IsCompressed.V {
		var err error
		if body, err = unpack(c.codec, body, int(int64(header.UncompressedPageSize)-repeated-defined)); err != nil {
			return err
		}
	}
	return c.begin(int64(h.NumValues), h.Encoding, levels, body)
}

// begin makes the page's values those that come next.
func (c *chunk) begin(rows int64, encoding format.Encoding, levels, body []byte) (err error) {
	if rows < 0 || rows > c.rows {
		return fmt.Errorf("want at most the %d rows that are left, got %d", c.rows, rows)
	}
	c.left, c.levels = rows, nil
	if c.leaf.optional {
		c.levels = &hybrid{data: levels, width: 1}
	}
	c.values, err = c.decoder(encoding, body)
	return err
}
