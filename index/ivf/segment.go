package ivf

import (
	"encoding/binary"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/mapped"
)

// segment is a vectors folder with the lists its rows are in.
type segment struct {
	live
	layout
	folder *mapped.Folder
	file   *mapped.File
}

// openSegment maps the lists of a segment and reads where each ends.
func openSegment(dir string, s segmentState, l layout) (_ *segment, err error) {
	opened := &segment{layout: l}
	defer func() {
		if err != nil {
			opened.close()
		}
	}()
	if s.Deleted != "" {
		if opened.deleted, err = readBitmap(filepath.Join(dir, s.Deleted), s.Rows); err != nil {
			return nil, err
		}
	}
	if opened.folder, err = mapped.Open(filepath.Join(dir, s.Lists)); err != nil {
		return nil, err
	}
	if opened.file, err = opened.folder.File(listsFile); err != nil {
		return nil, err
	}
	return opened, opened.readHeader()
}

func (s *segment) readHeader() error {
	header, err := s.file.Bytes(0, min(s.start(), s.file.Len()))
	if err != nil {
		return err
	}
	switch {
	case len(header) < s.start():
		return s.file.Damaged(len(header), "want a header of %d bytes, got the file's end", s.start())
	case string(header[:8]) != magic:
		return s.file.Damaged(0, "want %q, got %q", magic, header[:8])
	case int(binary.LittleEndian.Uint32(header[8:])) != s.dim || int(binary.LittleEndian.Uint32(header[12:])) != s.lists:
		return s.file.Damaged(8, "want %d dimensions and %d lists, got %d and %d", s.dim, s.lists, binary.LittleEndian.Uint32(header[8:]), binary.LittleEndian.Uint32(header[12:]))
	}
	s.rows = int(binary.LittleEndian.Uint64(header[16:]))
	blocks := binary.LittleEndian.Uint64(header[24:])
	if size := uint64(s.file.Len() - s.start()); blocks > size || blocks*uint64(s.blockSize()) != size {
		return s.file.Damaged(24, "want the number of blocks of %d bytes each that fill %d bytes, got %d", s.blockSize(), size, blocks)
	}
	s.ends = append([]uint64(nil), numbers[uint64](header[headerSize:headerSize+8*s.lists])...)
	before := uint64(0)
	for list, end := range s.ends {
		if end < before || end > blocks {
			return s.file.Damaged(headerSize+8*list, "want an end of %d to %d blocks, got %d", before, blocks, end)
		}
		before = end
	}
	if before != blocks {
		return s.file.Damaged(headerSize+8*(s.lists-1), "want the last list to end at %d blocks, got %d", blocks, before)
	}
	return nil
}

// listBytes are the blocks of a list, checked.
func (s *segment) listBytes(list int) ([]byte, error) {
	first, last := s.blocks(list)
	return s.file.Bytes(s.start()+first*s.blockSize(), s.start()+last*s.blockSize())
}

// row is a row of the vectors folder that a block names.
func (s *segment) checkRow(list int, row uint32) error {
	if int64(row) < int64(s.vectors.Len()) {
		return nil
	}
	first, _ := s.blocks(list)
	return s.file.Damaged(s.start()+first*s.blockSize(), "want rows below %d in list %d, got %d", s.vectors.Len(), list, row)
}

func (s *segment) close() {
	if s.folder != nil {
		s.folder.Close()
	}
	if s.vectors != nil {
		s.vectors.Close()
	}
}
