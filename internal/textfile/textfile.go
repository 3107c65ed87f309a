// Package textfile reads text files line by line the way every reader here
// wants them: gzip and zstd taken off, the byte-order mark and CRLF dropped,
// lines of any reasonable length, and errors that name file and line.
package textfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// MaxLine is the longest line read, in bytes. It bounds the memory a broken
// file can take; no collection of the field comes near it.
const MaxLine = 128 << 20

// Scanner yields the lines of one file. It is for one goroutine.
//
//	s, err := textfile.Open(path)
//	if err != nil { … }
//	defer s.Close()
//	for s.Scan() { use(s.Bytes()) }
//	return s.Err()
type Scanner struct {
	path  string
	in    *bufio.Reader
	close []func() error
	line  []byte
	spill []byte // a line longer than in's buffer
	n     int
	err   error
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	bom       = []byte{0xef, 0xbb, 0xbf}
)

// Open opens path. Compression is told by the first bytes, not by the name.
func Open(path string) (*Scanner, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: want a file, got a folder", path)
	}
	s, err := New(path, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.close = append(s.close, f.Close)
	return s, nil
}

// New reads lines from r; name stands for the file in errors. Close does not close r.
func New(name string, r io.Reader) (*Scanner, error) {
	const buffer = 1 << 18
	s := &Scanner{path: name, in: bufio.NewReaderSize(r, buffer)}
	head, err := s.in.Peek(len(zstdMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		unzip, err := gzip.NewReader(s.in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.in = bufio.NewReaderSize(unzip, buffer)
		s.close = append(s.close, unzip.Close)
	case bytes.HasPrefix(head, zstdMagic):
		unzip, err := zstd.NewReader(s.in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.in = bufio.NewReaderSize(unzip, buffer)
		s.close = append(s.close, func() error { unzip.Close(); return nil })
	}
	if head, _ := s.in.Peek(len(bom)); bytes.Equal(head, bom) {
		s.in.Discard(len(bom))
	}
	return s, nil
}

// Scan moves to the next line; false at the end or at an error, which Err tells apart.
func (s *Scanner) Scan() bool {
	if s.err != nil {
		return false
	}
	s.spill = s.spill[:0]
	for {
		part, err := s.in.ReadSlice('\n')
		if len(s.spill)+len(part) > MaxLine {
			s.n++
			s.err = s.Errorf("line longer than %d bytes", MaxLine)
			return false
		}
		if err == nil && len(s.spill) == 0 {
			s.line = part
			break
		}
		s.spill = append(s.spill, part...)
		s.line = s.spill
		if err == nil {
			break
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		s.err = err
		if !errors.Is(err, io.EOF) {
			s.n++
			s.err = s.Errorf("%w", err)
			return false
		}
		if len(s.spill) == 0 {
			return false
		}
		break
	}
	s.n++
	s.line = bytes.TrimSuffix(s.line, []byte("\n"))
	s.line = bytes.TrimSuffix(s.line, []byte("\r"))
	return true
}

// Bytes is the current line without its end; it is valid until the next Scan.
func (s *Scanner) Bytes() []byte { return s.line }

// Line is the number of the current line, from 1.
func (s *Scanner) Line() int { return s.n }

// Err is the error that stopped Scan, nil at the end of the file.
func (s *Scanner) Err() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// Errorf is an error about the current line: "file:line: …".
func (s *Scanner) Errorf(format string, args ...any) error {
	return s.ErrorAt(s.n, format, args...)
}

// ErrorAt is Errorf for another line.
func (s *Scanner) ErrorAt(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.path, line, fmt.Errorf(format, args...))
}

// Close releases the file.
func (s *Scanner) Close() error {
	var first error
	for _, closeOne := range s.close {
		if err := closeOne(); err != nil && first == nil {
			first = err
		}
	}
	s.close = nil
	return first
}
