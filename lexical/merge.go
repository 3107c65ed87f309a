package lexical

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// finish merges the runs into the files of terms and postings.
func (w *Writer) finish(names, terms, blocks *output, counts map[string]int64) error {
	if err := w.spill(); err != nil {
		return err
	}
	if err := w.documents.Flush(); err != nil {
		return err
	}
	documents := []byte(nil)
	if w.count > 0 {
		mapped, err := mapFile(w.documents.file, int(w.count)*documentRecord)
		if err != nil {
			return fmt.Errorf("%s: %w", w.documents.file.Name(), err)
		}
		defer unmapFile(mapped)
		documents = mapped
	}
	list := &listWriter{out: blocks, lengthOf: func(doc uint32) uint32 { return lengthAt(documents, int(doc)) }}
	err := w.runs.merge(func(key []byte, parts []*run) error {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		list.begin()
		for _, part := range parts {
			if err := part.postings(list.add); err != nil {
				return err
			}
		}
		if id, ok := bytes.CutPrefix(key, []byte(idMark)); ok {
			if list.count > 1 {
				return twiceError(string(id))
			}
			return nil
		}
		if err := list.end(); err != nil {
			return fmt.Errorf("term %q: %w", key, err)
		}
		names.Write(append(key, '\n')) // a failed write shows in Create's flush
		record := binary.LittleEndian.AppendUint64(nil, names.offset())
		record = binary.LittleEndian.AppendUint64(record, blocks.offset())
		terms.Write(binary.LittleEndian.AppendUint32(record, list.count))
		counts["terms"]++
		counts["postings"] += int64(list.count)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = blocks.Write(make([]byte, packSlack))
	return err
}

// listWriter writes a term's postings: the blocks, and behind them where each is.
type listWriter struct {
	out      *output
	lengthOf func(doc uint32) uint32
	start    uint64 // of the list in out
	before   int64  // the last document of the block before
	pending  []posting
	records  []byte
	block    []byte
	count    uint32
}

func (l *listWriter) begin() {
	l.start, l.before, l.count = l.out.offset(), -1, 0
	l.pending, l.records = l.pending[:0], l.records[:0]
}

func (l *listWriter) add(p posting) error {
	l.pending = append(l.pending, p)
	l.count++
	if len(l.pending) == blockSize {
		return l.flush()
	}
	return nil
}

func (l *listWriter) flush() error {
	l.block = appendBlock(l.block[:0], l.before, l.pending, l.lengthOf)
	if _, err := l.out.Write(l.block); err != nil {
		return err
	}
	last := l.pending[len(l.pending)-1].doc
	end := l.out.offset() - l.start
	if end > math.MaxUint32 {
		return fmt.Errorf("want at most %d bytes of postings, got %d", uint32(math.MaxUint32), end)
	}
	l.records = binary.LittleEndian.AppendUint32(l.records, last)
	l.records = binary.LittleEndian.AppendUint32(l.records, uint32(end))
	l.before, l.pending = int64(last), l.pending[:0]
	return nil
}

func (l *listWriter) end() error {
	if len(l.pending) > 0 {
		if err := l.flush(); err != nil {
			return err
		}
	}
	_, err := l.out.Write(l.records)
	return err
}
