package ivf

import (
	"math"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/mapped"
)

const (
	maxRows  = math.MaxUint32 - 1 // the last number marks an empty place
	maxLists = 1 << 20
)

// bitmap has a bit for each row of a vectors folder.
type bitmap []byte

func newBitmap(rows int) bitmap { return make(bitmap, (rows+7)/8) }

func (b bitmap) has(row int) bool { return b != nil && b[row/8]>>(row%8)&1 == 1 }

func (b bitmap) set(row int) { b[row/8] |= 1 << (row % 8) }

// live are the rows of a segment that are not deleted.
type live struct {
	vectors *index.Vectors
	deleted bitmap // nil for none
}

func (l live) count() int {
	count := l.vectors.Len()
	for row := range l.vectors.Len() {
		if l.deleted.has(row) {
			count--
		}
	}
	return count
}

const deletedFile = "deleted.bin"

// readBitmap reads the rows that were deleted.
func readBitmap(dir string, rows int) (bitmap, error) {
	folder, err := mapped.Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	file, err := folder.File(deletedFile)
	if err != nil {
		return nil, err
	}
	want := len(newBitmap(rows))
	if file.Len() != want {
		return nil, file.Damaged(min(want, file.Len()), "want %d bytes, a bit for each of %d rows, got %d", want, rows, file.Len())
	}
	bits, err := file.Bytes(0, want)
	return append(bitmap(nil), bits...), err
}

func (b bitmap) write(dir string) error {
	return writeFolder(dir, deletedFile, func(out *mapped.Output) error {
		_, err := out.Write(b)
		return err
	})
}
