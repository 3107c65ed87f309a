package parquetfile

import (
	"encoding/binary"
	"errors"
)

// errCut is where a Thrift structure goes on past the bytes there are.
var errCut = errors.New("cut off")

// deepest is how far structures of a file's metadata are nested, with room.
const deepest = 32

// skipStruct returns how long the Thrift structure is that b begins with, in
// the compact protocol. It refuses one that claims more than b holds, such as a
// list of more items than there are bytes, for which a decoder would make room.
// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
func skipStruct(b []byte) (int, error) {
	s := skipper{b: b}
	if err := s.structure(0); err != nil {
		return 0, err
	}
	return s.at, nil
}

type skipper struct {
	b  []byte
	at int
}

var errMalformed = errors.New("malformed")

func (s *skipper) structure(depth int) error {
	if depth > deepest {
		return errMalformed
	}
	for {
		head, err := s.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's number is not told from the last one's
			if _, err := s.varint(); err != nil {
				return err
			}
		}
		if err := s.value(head&0xf, depth, false); err != nil {
			return err
		}
	}
}

// value skips one of a type; inList where it is an item, of which a boolean takes a byte.
func (s *skipper) value(kind byte, depth int, inList bool) error {
	switch kind {
	case 1, 2: // true, false
		if inList {
			return s.advance(1)
		}
		return nil
	case 3: // byte
		return s.advance(1)
	case 4, 5, 6: // i16, i32, i64
		_, err := s.varint()
		return err
	case 7: // double
		return s.advance(8)
	case 8: // binary
		n, err := s.varint()
		if err != nil {
			return err
		}
		return s.advance(n)
	case 9, 10: // list, set
		return s.list(depth)
	case 12:
		return s.structure(depth + 1)
	}
	return errMalformed // Parquet has no maps
}

func (s *skipper) list(depth int) error {
	head, err := s.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = s.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(s.b)-s.at) {
		return errCut
	}
	if depth >= deepest {
		return errMalformed
	}
	for range n {
		if err := s.value(head&0xf, depth+1, true); err != nil {
			return err
		}
	}
	return nil
}

func (s *skipper) byte() (byte, error) {
	if s.at >= len(s.b) {
		return 0, errCut
	}
	s.at++
	return s.b[s.at-1], nil
}

func (s *skipper) varint() (uint64, error) {
	value, n := binary.Uvarint(s.b[s.at:])
	switch {
	case n == 0:
		return 0, errCut
	case n < 0:
		return 0, errMalformed
	}
	s.at += n
	return value, nil
}

func (s *skipper) advance(n uint64) error {
	if n > uint64(len(s.b)-s.at) {
		return errCut
	}
	s.at += int(n)
	return nil
}
