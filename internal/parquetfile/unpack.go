package parquetfile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// mostSnappy is how many bytes Snappy can make of one, a little more than it does.
const mostSnappy = 32

// unpack takes the packing off a page of size bytes. Memory is taken as the
// bytes come, not as the page claims.
func unpack(codec format.CompressionCodec, data []byte, size int) ([]byte, error) {
	var unpacked []byte
	switch codec {
	case format.Uncompressed:
		unpacked = data
	case format.Snappy:
		length, err := snappy.DecodedLen(data)
		if err == nil && (length != size || length > len(data)*mostSnappy) {
			err = fmt.Errorf("want %d bytes unpacked, got %d of %d", size, length, len(data))
		}
		if err == nil {
			unpacked, err = snappy.Decode(nil, data)
		}
		if err != nil {
			return nil, fmt.Errorf("its Snappy: %w", err)
		}
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			unpacked, err = io.ReadAll(io.LimitReader(r, int64(size)+1))
		}
		if err != nil {
			return nil, fmt.Errorf("its gzip: %w", err)
		}
	case format.Zstd:
		r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostPage))
		if err == nil {
			defer r.Close()
			unpacked, err = io.ReadAll(io.LimitReader(r, int64(size)+1))
		}
		if err != nil {
			return nil, fmt.Errorf("its zstd: %w", err)
		}
	default:
		return nil, fmt.Errorf("want pages packed by Snappy, gzip, zstd or not at all, got %v", codec)
	}
	if len(unpacked) != size {
		return nil, fmt.Errorf("want %d bytes unpacked, got %d", size, len(unpacked))
	}
	return unpacked, nil
}
