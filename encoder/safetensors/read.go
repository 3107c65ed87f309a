package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// blockSize is how many bytes are read before they are converted; a multiple of every element's size.
const blockSize = 1 << 18

// Float32 reads a tensor of F32, F16 or BF16 as float32, row-major, with its shape.
func (f *File) Float32(name string) ([]float32, []int, error) {
	e, err := f.find(name)
	if err != nil {
		return nil, nil, err
	}
	var width int
	var convert func(dst []float32, src []byte)
	switch e.DType {
	case "F32":
		width, convert = 4, func(dst []float32, src []byte) {
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
			}
		}
	case "F16":
		width, convert = 2, func(dst []float32, src []byte) {
			for i := range dst {
				dst[i] = float16(binary.LittleEndian.Uint16(src[2*i:]))
			}
		}
	case "BF16":
		width, convert = 2, func(dst []float32, src []byte) {
			for i := range dst {
				dst[i] = bfloat16(binary.LittleEndian.Uint16(src[2*i:]))
			}
		}
	default:
		return nil, nil, fmt.Errorf("%s: tensor %q: want F32, F16 or BF16, got %s", e.file.Name(), name, e.DType)
	}
	data := make([]float32, (e.end-e.start)/int64(width))
	block := make([]byte, min(blockSize, e.end-e.start))
	for done := 0; done < len(data); {
		n := min(len(data)-done, blockSize/width)
		if err := e.read(block[:n*width], int64(done*width)); err != nil {
			return nil, nil, err
		}
		convert(data[done:done+n], block)
		done += n
	}
	return data, slices.Clone(e.Shape), nil
}

// Bytes reads a tensor of any dtype as it is in the file: little-endian, row-major.
func (f *File) Bytes(name string) ([]byte, error) {
	e, err := f.find(name)
	if err != nil {
		return nil, err
	}
	data := make([]byte, e.end-e.start)
	return data, e.read(data, 0)
}

// read fills dst from an offset into the tensor.
func (e *entry) read(dst []byte, offset int64) error {
	n, err := e.file.ReadAt(dst, e.start+offset)
	if n == len(dst) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // cut since it was opened
	}
	return fmt.Errorf("%s: tensor %q: want %d bytes, got %d: %w", e.file.Name(), e.Name, len(dst), n, err)
}
