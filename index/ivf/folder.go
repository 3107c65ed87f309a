package ivf

import (
	"path/filepath"
	"unsafe"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// writeFolder makes a folder of one file and its checksums, whole or not at all.
func writeFolder(dir, name string, write func(out *mapped.Output) error) error {
	return durable.CreateFolder(dir, func(temp string) (err error) {
		out, err := mapped.Create(filepath.Join(temp, name))
		if err != nil {
			return err
		}
		defer func() {
			if failed := out.Close(); err == nil {
				err = failed
			}
		}()
		if err := write(out); err != nil {
			return err
		}
		return mapped.WriteChecksums(temp, []*mapped.Output{out})
	})
}

// numbers are little-endian numbers as they lie in a file, where they are aligned.
func numbers[T float32 | uint32 | uint64](bytes []byte) []T {
	var size T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(bytes))), len(bytes)/int(unsafe.Sizeof(size)))
}

// bytesOf are numbers as they lie in memory, which is as they lie in a file.
func bytesOf[T float32 | uint32 | uint64](numbers []T) []byte {
	var size T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(numbers))), len(numbers)*int(unsafe.Sizeof(size)))
}
