package lexical

import "encoding/binary"

// list is a query's term under way through its postings, block by block.
type list struct {
	*file
	weight  float32 // idf, times the term's occurrences in the query
	count   int     // documents
	start   uint64  // of the blocks in the file
	records []byte  // of the blocks

	block  int // the first that may hold a document not yet passed
	before int64
	last   uint32 // documents the block lies behind and ends with
	bound  int64  // of a score from the block
	held   int    // the block that is decoded; -1 for none
	at     int    // the first posting in it not yet passed
	decoded
}

// open points the list at a term's postings.
func (x *Index) open(l *list, number int) error {
	at := uint64(number) * termRecord
	record, err := x.terms.bytes(at, at+termRecord)
	if err != nil {
		return err
	}
	start := uint64(0)
	if number > 0 {
		before, err := x.terms.bytes(at-termRecord, at)
		if err != nil {
			return err
		}
		start = binary.LittleEndian.Uint64(before[8:])
	}
	end, count := binary.LittleEndian.Uint64(record[8:]), binary.LittleEndian.Uint32(record[16:])
	if count == 0 || uint64(count) > uint64(x.occupied) {
		return x.terms.damaged(at, "want a term of 1 to %d documents, got %d", x.occupied, count)
	}
	size := (uint64(count) + blockSize - 1) / blockSize * blockRecord
	if end < start || end-start < size || end > x.blocks.size()-min(packSlack, x.blocks.size()) {
		return x.terms.damaged(at, "want the postings of %d documents from byte %d on, got an end at %d", count, start, end)
	}
	l.file, l.count, l.start, l.held = x.blocks, int(count), start, -1
	l.records, err = x.blocks.bytes(end-size, end)
	return err
}

func (l *list) blocks() int { return len(l.records) / blockRecord }

// record is a block's last document and where the block ends, counted from the list's start.
func (l *list) record(block int) (last uint32, end uint32) {
	record := l.records[block*blockRecord:]
	return binary.LittleEndian.Uint32(record), binary.LittleEndian.Uint32(record[4:])
}

// bytes are a block's, with room for unpack behind them.
func (l *list) blockBytes(block int) ([]byte, error) {
	first := uint32(0)
	if block > 0 {
		_, first = l.record(block - 1)
	}
	_, end := l.record(block)
	if end < first {
		return nil, l.damaged(l.start, "want block %d to end behind byte %d of its list, got %d", block, first, end)
	}
	data, err := l.file.bytes(l.start+uint64(first), l.start+uint64(end)+packSlack)
	if err != nil {
		return nil, err
	}
	return data[:end-first], nil
}

// moveTo makes the block that of the first posting at doc or behind it; it is false at the list's end.
func (l *list) moveTo(doc uint32) bool {
	for l.block < l.blocks() {
		if l.last, _ = l.record(l.block); l.last >= doc {
			return true
		}
		l.before = int64(l.last)
		l.block++
		l.bound = -1
	}
	return false
}

// load decodes the block.
func (l *list) load() error {
	if l.held == l.block {
		return nil
	}
	data, err := l.blockBytes(l.block)
	if err != nil {
		return err
	}
	n := min(blockSize, l.count-l.block*blockSize)
	if err := l.decode(data, n, l.before, l.last); err != nil {
		return l.damaged(l.start, "block %d: %w", l.block, err)
	}
	l.held, l.at = l.block, 0
	return nil
}
