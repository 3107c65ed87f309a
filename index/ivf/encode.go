package ivf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gradus-ir/gradus/internal/mapped"
)

const codesFile = "codes.bin"

// nowhere is the list of a deleted row.
const nowhere = ^uint32(0)

// coded are some rows of a segment, one behind another: the list each belongs
// to, its factor, its offset and its code.
type coded struct {
	lists   []uint32
	factors []float32
	offsets []float32 // minus half the square of the row's length
	codes   []byte    // [rows, width]
	width   int       // bytes of a code
}

// encodeSegment writes the codes of a segment's rows into work, a folder for
// some rows each. Those that are there already are not written again.
func encodeSegment(ctx context.Context, work string, number int, s live, c *centroids, r *rotation, progress func(rows int)) error {
	for first := 0; first < s.vectors.Len(); first += batchRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := min(first+batchRows, s.vectors.Len())
		dir := codesFolder(work, number, first)
		there, err := mapped.Open(dir)
		switch {
		case err == nil:
			there.Close()
		case errors.Is(err, fs.ErrNotExist):
			batch, err := encodeRows(ctx, s, first, last, c, r)
			if err != nil {
				return err
			}
			if err := batch.write(dir); err != nil {
				return err
			}
		default:
			return err
		}
		progress(last)
	}
	return nil
}

func codesFolder(work string, segment, first int) string {
	return filepath.Join(work, fmt.Sprintf("codes-%d-%d", segment, first/batchRows))
}

func encodeRows(ctx context.Context, s live, first, last int, c *centroids, r *rotation) (coded, error) {
	n := last - first
	b := coded{lists: make([]uint32, n), factors: make([]float32, n), offsets: make([]float32, n), width: pairsOf(c.dim)}
	b.codes = make([]byte, n*b.width)
	rows, err := s.vectors.Read(first, last, make([]float32, n*c.dim))
	if err != nil {
		return coded{}, err
	}
	points := make([][]float32, n)
	for i := range points {
		points[i] = rows[i*c.dim : (i+1)*c.dim]
	}
	if err := c.assign(ctx, points, b.lists, make([]float32, n)); err != nil {
		return coded{}, err
	}
	const share = 1024
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			difference := make([]float32, c.dim)
			for {
				begin := int(next.Add(share)) - share
				if begin >= n {
					return
				}
				for i := begin; i < min(begin+share, n); i++ {
					if s.deleted.has(first + i) {
						b.lists[i] = nowhere
						continue
					}
					centroid := c.row(int(b.lists[i]))
					for d, x := range points[i] {
						difference[d] = x - centroid[d]
					}
					r.apply(difference)
					b.offsets[i] = -dot(points[i], points[i]) / 2
					b.factors[i] = encode(b.codes[i*b.width:(i+1)*b.width], difference)
				}
			}
		})
	}
	wait.Wait()
	return b, nil
}

func (b coded) write(dir string) error {
	return writeFolder(dir, codesFile, func(out *mapped.Output) error {
		for _, part := range [][]byte{bytesOf(b.lists), bytesOf(b.factors), bytesOf(b.offsets), b.codes} {
			if _, err := out.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// withCodes calls use with the rows that write wrote, mapped, while they are open.
func withCodes(dir string, rows, width int, use func(coded) error) error {
	folder, err := mapped.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	file, err := folder.File(codesFile)
	if err != nil {
		return err
	}
	if want := rows * (12 + width); file.Len() != want {
		return file.Damaged(min(want, file.Len()), "want %d bytes, the codes of %d rows, got %d", want, rows, file.Len())
	}
	all, err := file.Bytes(0, file.Len())
	if err != nil {
		return err
	}
	return use(coded{numbers[uint32](all[:4*rows]), numbers[float32](all[4*rows : 8*rows]), numbers[float32](all[8*rows : 12*rows]), all[12*rows:], width})
}
