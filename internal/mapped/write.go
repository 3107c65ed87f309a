package mapped

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// Output is a file that is being written, with the checksums of its pages. It is for one goroutine.
type Output struct {
	*bufio.Writer
	file *os.File
	size int
	sums []uint32
}

// Create makes the file at path.
func Create(path string) (*Output, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	out := &Output{file: file}
	out.Writer = bufio.NewWriterSize(summed{out}, 1<<20)
	return out, nil
}

// Continue opens the file at path, which another process may have left in
// the middle of a write, to go on behind its first size bytes. What follows
// them is cut off; that there are fewer is an error that wraps io.ErrUnexpectedEOF.
func Continue(path string, size int) (*Output, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out := &Output{file: file}
	out.Writer = bufio.NewWriterSize(summed{out}, 1<<20)
	buffer := make([]byte, 1<<20)
	for out.size < size {
		n, err := io.ReadFull(file, buffer[:min(len(buffer), size-out.size)])
		out.sum(buffer[:n])
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			file.Close()
			return nil, err
		}
	}
	if err := file.Truncate(int64(size)); err != nil {
		file.Close()
		return nil, err
	}
	return out, nil
}

// Len is the number of bytes written, buffered ones included.
func (o *Output) Len() int { return o.size + o.Buffered() }

// Sync returns once all that was written is on disk.
func (o *Output) Sync() error {
	if err := o.Flush(); err != nil {
		return err
	}
	return o.file.Sync()
}

// Close flushes and closes the file. A nil output has nothing to close.
func (o *Output) Close() error {
	if o == nil {
		return nil
	}
	err := o.Flush()
	if failed := o.file.Close(); err == nil {
		err = failed
	}
	return err
}

// summed writes to an output's file and keeps its checksums up to date.
type summed struct{ *Output }

func (s summed) Write(p []byte) (int, error) {
	s.sum(p)
	return s.file.Write(p)
}

func (o *Output) sum(p []byte) {
	for len(p) > 0 {
		inPage := o.size % pageSize
		if inPage == 0 {
			o.sums = append(o.sums, 0)
		}
		part := p[:min(len(p), pageSize-inPage)]
		last := &o.sums[len(o.sums)-1]
		*last = crc32.Update(*last, castagnoli, part)
		o.size += len(part)
		p = p[len(part):]
	}
}

// WriteChecksums writes a folder's checksums.bin: of the outputs, which are
// flushed, and of files that were written otherwise, by name.
func WriteChecksums(dir string, outputs []*Output, others ...string) error {
	for _, name := range others {
		size := 0
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			size = int(info.Size())
		}
		out, err := Continue(filepath.Join(dir, name), size)
		if err != nil {
			return err
		}
		defer out.file.Close()
		outputs = append(outputs[:len(outputs):len(outputs)], out)
	}
	var text []byte
	for _, out := range outputs {
		if err := out.Flush(); err != nil {
			return err
		}
		name := filepath.Base(out.file.Name())
		text = binary.LittleEndian.AppendUint16(text, uint16(len(name)))
		text = append(text, name...)
		text = binary.LittleEndian.AppendUint64(text, uint64(out.size))
		for _, sum := range out.sums {
			text = binary.LittleEndian.AppendUint32(text, sum)
		}
	}
	text = binary.LittleEndian.AppendUint32(text, crc32.Checksum(text, castagnoli))
	return os.WriteFile(filepath.Join(dir, ChecksumsFile), text, 0o666)
}
