package lexical

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
)

// pageSize is how much of a file one checksum covers.
const pageSize = 1 << 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// output is a file that is being written, and the checksum of each of its pages.
type output struct {
	file *os.File
	*bufio.Writer
	size uint64
	sums []uint32
}

func create(dir, name string) (*output, error) {
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	out := &output{file: file}
	out.Writer = bufio.NewWriterSize(summed{out}, pageSize)
	return out, nil
}

// offset is the number of bytes written, buffered ones included.
func (o *output) offset() uint64 { return o.size + uint64(o.Buffered()) }

func (o *output) close() error {
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
type summed struct{ *output }

func (s summed) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		inPage := s.size % pageSize
		if inPage == 0 {
			s.sums = append(s.sums, 0)
		}
		part := rest[:min(uint64(len(rest)), pageSize-inPage)]
		last := &s.sums[len(s.sums)-1]
		*last = crc32.Update(*last, castagnoli, part)
		s.size += uint64(len(part))
		rest = rest[len(part):]
	}
	return s.file.Write(p)
}

// writeChecksums writes checksums.bin: for each file its size (uint64) and the
// CRC-32C of each page (uint32), and at the end the CRC-32C of all that. Little-endian.
func writeChecksums(dir string, outputs []*output) error {
	var text []byte
	for _, out := range outputs {
		text = binary.LittleEndian.AppendUint64(text, out.size)
		for _, sum := range out.sums {
			text = binary.LittleEndian.AppendUint32(text, sum)
		}
	}
	text = binary.LittleEndian.AppendUint32(text, crc32.Checksum(text, castagnoli))
	return os.WriteFile(filepath.Join(dir, checksumsFile), text, 0o666)
}
