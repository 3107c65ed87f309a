package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go/format"
)

// decoder reads the values of a page in its encoding.
// Source: https://github.com/apache/parquet-format/blob/master/Encodings.md.
func (c *chunk) decoder(encoding format.Encoding, body []byte) (values, error) {
	texts := c.leaf.kind == format.ByteArray
	switch {
	case encoding == format.Plain:
		return &plain{body, c.leaf}, nil
	//lint:ignore SA1019 what older writers call it
	case encoding == format.PlainDictionary || encoding == format.RLEDictionary:
		if len(body) == 0 {
			return &indexed{hybrid{}, c.dictionary}, nil // nulls alone
		}
		if body[0] > 32 {
			return nil, fmt.Errorf("want places in the dictionary of at most 32 bits, got %d", body[0])
		}
		return &indexed{hybrid{data: body[1:], width: uint(body[0])}, c.dictionary}, nil
	case encoding == format.DeltaBinaryPacked && (c.leaf.kind == format.Int32 || c.leaf.kind == format.Int64):
		numbers, err := newDelta(body)
		return &deltaNumbers{numbers, c.leaf.kind}, err
	case encoding == format.DeltaLengthByteArray && texts:
		return newDeltaTexts(body, int(c.left))
	case encoding == format.DeltaByteArray && texts:
		return newDeltaPrefixes(body, int(c.left))
	}
	return nil, fmt.Errorf("want values plain, by dictionary or by differences, got %v of %v", encoding, c.leaf.kind)
}

// plain are values one after the other.
type plain struct {
	data []byte
	leaf leaf
}

func (p *plain) next() (string, error) {
	switch p.leaf.kind {
	case format.ByteArray:
		text, rest, err := prefixed(p.data)
		p.data = rest
		return string(text), err
	case format.FixedLenByteArray:
		text, err := p.take(p.leaf.typeLength)
		return string(text), err
	case format.Int32, format.Float:
		b, err := p.take(4)
		if err != nil {
			return "", err
		}
		bits := binary.LittleEndian.Uint32(b)
		if p.leaf.kind == format.Int32 {
			return strconv.FormatInt(int64(int32(bits)), 10), nil
		}
		return strconv.FormatFloat(float64(math.Float32frombits(bits)), 'g', -1, 32), nil
	}
	b, err := p.take(8)
	if err != nil {
		return "", err
	}
	bits := binary.LittleEndian.Uint64(b)
	if p.leaf.kind == format.Int64 {
		return strconv.FormatInt(int64(bits), 10), nil
	}
	return strconv.FormatFloat(math.Float64frombits(bits), 'g', -1, 64), nil
}

func (p *plain) take(n int) ([]byte, error) {
	if n < 0 || n > len(p.data) {
		return nil, errCut
	}
	b := p.data[:n]
	p.data = p.data[n:]
	return b, nil
}

// prefixed splits bytes off that four bytes tell the number of.
func prefixed(data []byte) (b, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errCut
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, nil, errCut
	}
	return data[4 : 4+n], data[4+n:], nil
}

// indexed are places in a dictionary.
type indexed struct {
	places     hybrid
	dictionary []string
}

func (x *indexed) next() (string, error) {
	place, err := x.places.next()
	if err != nil {
		return "", err
	}
	if uint64(place) >= uint64(len(x.dictionary)) {
		return "", fmt.Errorf("want a place in a dictionary of %d values, got %d", len(x.dictionary), place)
	}
	return x.dictionary[place], nil
}
