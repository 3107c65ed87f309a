package ivf

import (
	"context"

	"github.com/gradus-ir/gradus/internal/mapped"
)

// arrange writes the lists of a segment, whose codes are in work, in the order
// of the lists and within one of the rows. As many lists as fit in memory are
// put in order at a time, each time by a pass over the codes.
func arrange(ctx context.Context, work string, number int, rows int, l *layout, memory int64, out *mapped.Output) error {
	each := func(use func(first int, b coded) error) error {
		for first := 0; first < rows; first += batchRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(batchRows, rows-first)
			err := withCodes(codesFolder(work, number, first), n, l.pairs, func(b coded) error { return use(first, b) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	counts := make([]uint64, l.lists)
	err := each(func(_ int, b coded) error {
		for _, list := range b.lists {
			if list != nowhere {
				counts[list]++
				l.rows++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.ends = make([]uint64, l.lists)
	blocks := uint64(0)
	for list, count := range counts {
		blocks += (count + blockRows - 1) / blockRows
		l.ends[list] = blocks
	}
	if _, err := out.Write(l.header()); err != nil {
		return err
	}
	var buffer []byte
	for first := 0; first < l.lists; {
		begin, _ := l.blocks(first)
		last, end := first, begin
		for last < l.lists && (last == first || int64(int(l.ends[last])-begin)*int64(l.blockSize()) <= memory) {
			end = int(l.ends[last])
			last++
		}
		buffer = append(buffer[:0], make([]byte, (end-begin)*l.blockSize())...)
		part := stretch{l, buffer, first, last, make([]int, last-first)}
		for i := range end - begin {
			l.empty(part.block(i))
		}
		if err := each(func(row int, b coded) error { part.take(row, b); return nil }); err != nil {
			return err
		}
		if _, err := out.Write(buffer); err != nil {
			return err
		}
		first = last
	}
	return nil
}

// stretch is some lists that follow one another, while they are filled.
type stretch struct {
	*layout
	bytes       []byte
	first, last int   // lists
	filled      []int // rows, of each list
}

func (s stretch) block(i int) []byte { return s.bytes[i*s.blockSize() : (i+1)*s.blockSize()] }

// take puts those of some rows that belong here in their places.
func (s stretch) take(firstRow int, b coded) {
	begin, _ := s.blocks(s.first)
	for i, number := range b.lists {
		list := int(number)
		if list < s.first || list >= s.last {
			continue
		}
		first, _ := s.blocks(list)
		nth := s.filled[list-s.first]
		s.filled[list-s.first]++
		block, lane := s.block(first-begin+nth/blockRows), nth%blockRows
		place(block[:s.codesSize()], lane, b.codes[i*b.width:(i+1)*b.width])
		s.factors(block)[lane] = b.factors[i]
		if s.euclidean {
			s.offsets(block)[lane] = b.offsets[i]
		}
		s.rowNumbers(block)[lane] = uint32(firstRow + i)
	}
}
