package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go/format"
)

// delta are whole numbers by their differences, in blocks of which each has a
// least difference, and miniblocks of which each has a number of bits.
type delta struct {
	data  []byte
	block uint64 // numbers a block
	minis uint64 // miniblocks a block
	left  uint64 // numbers still to come

	last   int64
	begun  bool
	least  int64
	widths []byte
	mini   bits
	width  uint
	inMini uint64 // numbers left of the miniblock
}

func newDelta(data []byte) (*delta, error) {
	d := &delta{data: data}
	var first int64
	for _, to := range []*uint64{&d.block, &d.minis, &d.left} {
		n, err := d.varint()
		if err != nil {
			return d, err
		}
		*to = n
	}
	n, err := d.varint()
	if err != nil {
		return d, err
	}
	first = unzigzag(n)
	if d.block == 0 || d.block > math.MaxInt32 || d.minis == 0 || d.minis > d.block || d.block%d.minis != 0 {
		return d, fmt.Errorf("%w: %d differences in %d miniblocks", errMalformed, d.block, d.minis)
	}
	d.last = first
	return d, nil
}

func (d *delta) next() (int64, error) {
	if d.left == 0 {
		return 0, errCut
	}
	d.left--
	if !d.begun {
		d.begun = true
		return d.last, nil
	}
	for d.inMini == 0 {
		if err := d.miniblock(); err != nil {
			return 0, err
		}
	}
	d.inMini--
	d.last += d.least + int64(d.mini.next(d.width))
	return d.last, nil
}

func (d *delta) miniblock() error {
	if len(d.widths) == 0 {
		least, err := d.varint()
		if err != nil {
			return err
		}
		if d.minis > uint64(len(d.data)) {
			return errCut
		}
		d.least, d.widths, d.data = unzigzag(least), d.data[:d.minis], d.data[d.minis:]
	}
	d.width, d.widths = uint(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return fmt.Errorf("%w: differences of %d bits", errMalformed, d.width)
	}
	d.inMini = d.block / d.minis
	size := (d.inMini*uint64(d.width) + 7) / 8
	if size > uint64(len(d.data)) {
		if d.left >= d.inMini {
			return errCut
		}
		size = uint64(len(d.data)) // the last one may be cut short
	}
	d.mini, d.data = bits{data: d.data[:size]}, d.data[size:]
	return nil
}

// rest is what follows the numbers; they must all have been read.
func (d *delta) rest() []byte { return d.data }

func (d *delta) varint() (uint64, error) {
	value, n := binary.Uvarint(d.data)
	if n <= 0 {
		return 0, errCut
	}
	d.data = d.data[n:]
	return value, nil
}

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// deltaNumbers are a column of whole numbers.
type deltaNumbers struct {
	*delta
	kind format.Type
}

func (d *deltaNumbers) next() (string, error) {
	n, err := d.delta.next()
	if d.kind == format.Int32 {
		n = int64(int32(n))
	}
	return strconv.FormatInt(n, 10), err
}

// lengths reads all of a list of lengths, at most as many as are wanted.
func lengths(data []byte, most int) ([]int32, []byte, error) {
	d, err := newDelta(data)
	if err != nil {
		return nil, nil, err
	}
	if d.left > uint64(most) {
		return nil, nil, fmt.Errorf("want at most %d lengths, got %d", most, d.left)
	}
	var all []int32
	for d.left > 0 {
		n, err := d.next()
		if err != nil {
			return nil, nil, err
		}
		if n < 0 || n > math.MaxInt32 {
			return nil, nil, fmt.Errorf("%w: a length of %d", errMalformed, n)
		}
		all = append(all, int32(n))
	}
	return all, d.rest(), nil
}

// deltaTexts are texts after a list of their lengths.
type deltaTexts struct {
	lengths []int32
	data    plain
}

func newDeltaTexts(data []byte, most int) (*deltaTexts, error) {
	all, rest, err := lengths(data, most)
	return &deltaTexts{all, plain{data: rest}}, err
}

func (d *deltaTexts) next() (string, error) {
	if len(d.lengths) == 0 {
		return "", errCut
	}
	text, err := d.data.take(int(d.lengths[0]))
	d.lengths = d.lengths[1:]
	return string(text), err
}

// deltaPrefixes are texts of which each begins as the one before does.
type deltaPrefixes struct {
	prefixes []int32
	suffixes *deltaTexts
	last     string
}

func newDeltaPrefixes(data []byte, most int) (*deltaPrefixes, error) {
	all, rest, err := lengths(data, most)
	if err != nil {
		return nil, err
	}
	suffixes, err := newDeltaTexts(rest, most)
	return &deltaPrefixes{prefixes: all, suffixes: suffixes}, err
}

func (d *deltaPrefixes) next() (string, error) {
	suffix, err := d.suffixes.next()
	if err != nil {
		return "", err
	}
	if len(d.prefixes) == 0 || int(d.prefixes[0]) > len(d.last) {
		return "", errCut
	}
	d.last = d.last[:d.prefixes[0]] + suffix
	d.prefixes = d.prefixes[1:]
	return d.last, nil
}
