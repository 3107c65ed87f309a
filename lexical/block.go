package lexical

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// blockSize is how many postings a block holds; a term's last has the rest.
const blockSize = 128

// packSlack is how many bytes past its end a packed block may be read: the file ends with as many.
const packSlack = 8

// posting is a document that a term is in, and how often it is there.
type posting struct{ doc, frequency uint32 }

// impact is a frequency and the length of the document it was found in.
type impact struct{ frequency, length uint32 }

// appendBlock encodes postings that follow the document before (-1 for none):
//
//	uvarint n, and n times uvarint frequency, uvarint length: the impacts that none of the block's others beats
//	byte w, and w bits a posting: how far the document is from the one before, less 1
//	byte w, and w bits a posting: the frequency, less 1
func appendBlock(to []byte, before int64, postings []posting, lengthOf func(doc uint32) uint32) []byte {
	best := frontier(postings, lengthOf)
	to = binary.AppendUvarint(to, uint64(len(best)))
	for _, i := range best {
		to = binary.AppendUvarint(to, uint64(i.frequency))
		to = binary.AppendUvarint(to, uint64(i.length))
	}
	gaps, frequencies := make([]uint32, len(postings)), make([]uint32, len(postings))
	for i, p := range postings {
		gaps[i] = uint32(int64(p.doc) - before - 1)
		frequencies[i] = p.frequency - 1
		before = int64(p.doc)
	}
	return appendPacked(appendPacked(to, gaps), frequencies)
}

// frontier are the impacts of which none has both a lower frequency and a
// longer document than another, by falling frequency: one of them is what
// the block's best score comes from, whatever the parameters.
func frontier(postings []posting, lengthOf func(doc uint32) uint32) []impact {
	impacts := make([]impact, len(postings))
	for i, p := range postings {
		impacts[i] = impact{p.frequency, lengthOf(p.doc)}
	}
	slices.SortFunc(impacts, func(a, b impact) int {
		return cmp.Or(cmp.Compare(b.frequency, a.frequency), cmp.Compare(a.length, b.length))
	})
	best := impacts[:1]
	for _, i := range impacts[1:] {
		if i.length < best[len(best)-1].length {
			best = append(best, i)
		}
	}
	return best
}

func appendPacked(to []byte, values []uint32) []byte {
	width := 0
	for _, v := range values {
		width = max(width, bits.Len32(v))
	}
	to = append(to, byte(width))
	var pending uint64
	filled := 0
	for _, v := range values {
		pending |= uint64(v) << filled
		for filled += width; filled >= 8; filled -= 8 {
			to = append(to, byte(pending))
			pending >>= 8
		}
	}
	if filled > 0 {
		to = append(to, byte(pending))
	}
	return to
}

var errBlockEnd = errors.New("want more of a block, got its end")

// impacts calls each with a block's impacts and returns what follows them.
func impacts(block []byte, each func(impact)) ([]byte, error) {
	n, width := binary.Uvarint(block)
	if width <= 0 {
		return nil, errBlockEnd
	}
	block = block[width:]
	for range n {
		frequency, width := binary.Uvarint(block)
		if width <= 0 {
			return nil, errBlockEnd
		}
		block = block[width:]
		length, width := binary.Uvarint(block)
		if width <= 0 {
			return nil, errBlockEnd
		}
		block = block[width:]
		each(impact{uint32(frequency), uint32(length)})
	}
	return block, nil
}

// decoded is a block's postings.
type decoded struct {
	n           int
	docs        [blockSize]uint32
	frequencies [blockSize]uint32
}

// decode reads a block of n postings behind the document before, of which the
// last must be that document. What is read past the block's end stays within block's capacity of packSlack bytes.
func (d *decoded) decode(block []byte, n int, before int64, last uint32) error {
	d.n = 0
	rest, err := impacts(block, func(impact) {})
	if err != nil {
		return err
	}
	if rest, err = unpack(rest, d.docs[:n]); err != nil {
		return err
	}
	if _, err = unpack(rest, d.frequencies[:n]); err != nil {
		return err
	}
	doc := before
	for i := range n {
		doc += int64(d.docs[i]) + 1
		d.docs[i] = uint32(doc)
		d.frequencies[i]++
	}
	if doc != int64(last) {
		return fmt.Errorf("want a block that ends with document %d, got %d", last, doc)
	}
	d.n = n
	return nil
}

// unpack fills values and returns what follows them.
func unpack(packed []byte, values []uint32) ([]byte, error) {
	if len(packed) == 0 {
		return nil, errBlockEnd
	}
	width := int(packed[0])
	size := (len(values)*width + 7) / 8
	if packed = packed[1:]; width > 32 || size > len(packed) {
		return nil, errBlockEnd
	}
	if width == 0 {
		clear(values)
		return packed, nil
	}
	rest := packed[size:]
	packed = packed[:size+packSlack]
	mask := uint64(1)<<width - 1
	i := 0
	if width <= 8 { // eight values are in one word
		for ; i+8 <= len(values); i += 8 {
			eight := binary.LittleEndian.Uint64(packed[i/8*width:])
			for j := range values[i : i+8] {
				values[i+j] = uint32(eight & mask)
				eight >>= width
			}
		}
	}
	for at := i * width; i < len(values); i++ {
		values[i] = uint32(binary.LittleEndian.Uint64(packed[at>>3:]) >> (at & 7) & mask)
		at += width
	}
	return rest, nil
}
