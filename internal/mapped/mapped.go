// Package mapped reads folders of files that are larger than memory: they are
// mapped, and each page is held against its checksum when it is first read.
//
// A folder written through Create has a checksums.bin beside its files:
//
//	for each file: the length of its name (uint16), its name, its size
//	(uint64), the CRC-32C of each of its pages of 4 KiB (uint32);
//	at the end the CRC-32C of all that (uint32)
//
// Numbers are little-endian.
package mapped

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// ChecksumsFile is the file a folder's checksums are in.
const ChecksumsFile = "checksums.bin"

// pageSize is how much of a file one checksum covers: reading a row of a
// vectors file costs no more of the disk than the pages it lies in.
const pageSize = 1 << 12

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Folder is an open folder. It is safe for use by many goroutines until Close.
type Folder struct {
	dir   string
	files map[string]*File
}

// File is a mapped file.
type File struct {
	path    string
	data    []byte
	sums    []uint32
	checked []atomic.Uint32 // a bit a page
}

// Open maps the files of a folder that has a checksums.bin; a folder without
// one wraps fs.ErrNotExist. A file of another size than when it was written is an error.
func Open(dir string) (*Folder, error) {
	path := filepath.Join(dir, ChecksumsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	listed, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	folder := &Folder{dir, make(map[string]*File, len(listed))}
	for _, l := range listed {
		file := &File{path: filepath.Join(dir, l.name), sums: l.sums, checked: make([]atomic.Uint32, (len(l.sums)+31)/32)}
		if err := file.open(l.size); err != nil {
			return nil, errors.Join(err, folder.Close())
		}
		folder.files[l.name] = file
	}
	return folder, nil
}

// listed is a file as checksums.bin has it.
type listed struct {
	name string
	size uint64
	sums []uint32
}

func parse(text []byte) ([]listed, error) {
	end := len(text) - 4
	if end < 0 {
		return nil, damage{len(text), errors.New("want a checksum, got the file's end")}
	}
	if want, got := binary.LittleEndian.Uint32(text[end:]), crc32.Checksum(text[:end], castagnoli); want != got {
		return nil, damage{end, fmt.Errorf("want checksum %08x, got %08x", want, got)}
	}
	var all []listed
	for at := 0; at < end; {
		rest := text[at:end]
		if len(rest) < 2 || len(rest) < 2+int(binary.LittleEndian.Uint16(rest))+8 {
			return nil, damage{at, errors.New("want a name and a size, got the file's end")}
		}
		name, rest := rest[2:2+binary.LittleEndian.Uint16(rest)], rest[2+binary.LittleEndian.Uint16(rest):]
		size := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		pages := size/pageSize + min(1, size%pageSize)
		if pages > uint64(len(rest))/4 || !filepath.IsLocal(string(name)) {
			return nil, damage{at, fmt.Errorf("want %d checksums of %q, got the file's end", pages, name)}
		}
		l := listed{string(name), size, make([]uint32, pages)}
		for i := range l.sums {
			l.sums[i] = binary.LittleEndian.Uint32(rest[4*i:])
		}
		all = append(all, l)
		at = end - len(rest) + 4*len(l.sums)
	}
	return all, nil
}

// damage is what is wrong with a file's bytes from an offset on.
type damage struct {
	offset int
	err    error
}

func (d damage) Error() string {
	return fmt.Sprintf("at byte %d: %v; the folder is damaged", d.offset, d.err)
}

// Damaged is an error about the file from an offset on.
func (f *File) Damaged(offset int, format string, args ...any) error {
	return fmt.Errorf("%s: %w", f.path, damage{offset, fmt.Errorf(format, args...)})
}

// File is the file of a name. One that checksums.bin does not list wraps fs.ErrNotExist.
func (d *Folder) File(name string) (*File, error) {
	file, ok := d.files[name]
	if !ok {
		return nil, fmt.Errorf("%s: want it to list %s: %w", filepath.Join(d.dir, ChecksumsFile), name, fs.ErrNotExist)
	}
	return file, nil
}

// Check reads all files and holds every page against its checksum.
func (d *Folder) Check() error {
	for _, file := range d.files {
		if _, err := file.Bytes(0, file.Len()); err != nil {
			return err
		}
	}
	return nil
}

// Close unmaps the files.
func (d *Folder) Close() error {
	var first error
	for _, file := range d.files {
		data := file.data
		file.data = nil
		if data == nil {
			continue
		}
		if err := unmapFile(data); first == nil {
			first = err
		}
	}
	return first
}

func (f *File) open(size uint64) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close() // the mapping outlives it
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if uint64(info.Size()) != size {
		return f.Damaged(int(min(size, uint64(info.Size()))), "want a file of %d bytes, got %d", size, info.Size())
	}
	if size == 0 {
		return nil
	}
	if f.data, err = mapFile(file, int(size)); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

// Len is the file's size in bytes.
func (f *File) Len() int { return len(f.data) }

// Bytes are those from first up to last, checked. They must not be written to, nor used after Close.
func (f *File) Bytes(first, last int) ([]byte, error) {
	if first < 0 || first > last || last > len(f.data) {
		return nil, f.Damaged(first, "want bytes %d to %d of a file of %d", first, last, len(f.data))
	}
	for page := first / pageSize; page*pageSize < last; page++ {
		if bit := uint32(1) << (page % 32); f.checked[page/32].Load()&bit == 0 {
			begin := page * pageSize
			if got := crc32.Checksum(f.data[begin:min(begin+pageSize, len(f.data))], castagnoli); got != f.sums[page] {
				return nil, f.Damaged(begin, "want checksum %08x of the page, got %08x", f.sums[page], got)
			}
			f.checked[page/32].Or(bit)
		}
	}
	return f.data[first:last:last], nil
}

// Unchecked are all bytes of the file, whatever their checksums.
func (f *File) Unchecked() []byte { return f.data }
