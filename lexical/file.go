package lexical

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync/atomic"
)

// file is one of an index's files, mapped. A page's checksum is looked at when
// its bytes are first asked for.
type file struct {
	path    string
	data    []byte
	sums    []uint32
	checked []atomic.Bool
}

// damaged is an error about the bytes of a file from an offset on.
func (f *file) damaged(offset uint64, format string, args ...any) error {
	return fmt.Errorf("%s: at byte %d: %w; build the index again", f.path, offset, fmt.Errorf(format, args...))
}

// bytes are those from first up to last, checked. They must not be written to, nor used after close.
func (f *file) bytes(first, last uint64) ([]byte, error) {
	if first > last || last > uint64(len(f.data)) {
		return nil, f.damaged(first, "want bytes %d to %d of a file of %d", first, last, len(f.data))
	}
	for page := first / pageSize; page*pageSize < last; page++ {
		if f.checked[page].Load() {
			continue
		}
		begin := page * pageSize
		if got := crc32.Checksum(f.data[begin:min(begin+pageSize, uint64(len(f.data)))], castagnoli); got != f.sums[page] {
			return nil, f.damaged(begin, "want checksum %08x of the page, got %08x", f.sums[page], got)
		}
		f.checked[page].Store(true)
	}
	return f.data[first:last], nil
}

func (f *file) size() uint64 { return uint64(len(f.data)) }

func (f *file) close() error {
	data := f.data
	f.data = nil
	if data == nil {
		return nil
	}
	return unmapFile(data)
}

// openFiles maps the named files of a folder. A file whose size is not what checksums.bin says is an error.
func openFiles(dir string, names []string) ([]*file, error) {
	path := filepath.Join(dir, checksumsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bad := func(offset int, format string, args ...any) error {
		return (&file{path: path}).damaged(uint64(offset), format, args...)
	}
	end := len(text) - 4
	if end < 0 {
		return nil, bad(len(text), "want a checksum, got the file's end")
	}
	if want, got := binary.LittleEndian.Uint32(text[end:]), crc32.Checksum(text[:end], castagnoli); want != got {
		return nil, bad(end, "want checksum %08x, got %08x", want, got)
	}
	var files []*file
	fail := func(err error) ([]*file, error) {
		closeFiles(files)
		return nil, err
	}
	at := 0
	for _, name := range names {
		if end-at < 8 {
			return fail(bad(at, "want the size of %s, got the file's end", name))
		}
		size := binary.LittleEndian.Uint64(text[at:])
		at += 8
		pages := size/pageSize + min(1, size%pageSize)
		if pages > uint64(end-at)/4 {
			return fail(bad(at, "want %d checksums of %s, got the file's end", pages, name))
		}
		f := &file{path: filepath.Join(dir, name), sums: make([]uint32, pages), checked: make([]atomic.Bool, pages)}
		for i := range f.sums {
			f.sums[i] = binary.LittleEndian.Uint32(text[at:])
			at += 4
		}
		if err := f.open(size); err != nil {
			return fail(err)
		}
		files = append(files, f)
	}
	if at != end {
		return fail(bad(at, "want the end, got %d bytes more", end-at))
	}
	return files, nil
}

func (f *file) open(size uint64) error {
	opened, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer opened.Close() // the mapping outlives it
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	if uint64(info.Size()) != size {
		return f.damaged(min(size, uint64(info.Size())), "want a file of %d bytes, got %d", size, info.Size())
	}
	if size == 0 {
		return nil
	}
	if f.data, err = mapFile(opened, int(size)); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

func closeFiles(files []*file) error {
	var first error
	for _, f := range files {
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}
