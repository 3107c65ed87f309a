// Package lexical is BM25: an inverted index on disk and its exact top k, with
// Lucene's formula and English analysis, so that its runs are Anserini's.
//
// An index is a folder of
//
//	ids.txt         the documents' ids, one a line
//	documents.bin   a document: where its id ends (uint64), its tokens (uint32)
//	terms.txt       the terms, sorted, one a line
//	terms.bin       a term: where it ends in terms.txt (uint64), where its postings end (uint64), its documents (uint32)
//	postings.bin    a term: its blocks, and for each its last document and where it ends (2 uint32); 8 bytes of 0
//	checksums.bin   the size of each of the above and the CRC-32C of its pages of 64 KiB
//	manifest.json   counts, and what the writer says of itself
//
// Numbers are little-endian; block.go has the blocks. A page is held against
// its checksum when it is first read.
package lexical

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gradus-ir/gradus/internal/durable"
)

const checksumsFile = "checksums.bin"

// names are the files that checksums.bin covers, in its order.
var names = []string{"ids.txt", "documents.bin", "terms.txt", "terms.bin", "postings.bin"}

// Sizes of records.
const (
	documentRecord = 12
	termRecord     = 20
	blockRecord    = 8
)

const (
	formatOption = "bm25_format"
	format       = 1
)

// Index is an open folder. Its files are mapped, not read: an index larger
// than memory can be searched; 4 bytes a document are held. It is safe for use
// by many goroutines until Close.
type Index struct {
	Manifest durable.Manifest // as its writer left it

	parameters                               Parameters
	files                                    []*file
	ids, documents, termNames, terms, blocks *file
	norms                                    []float32 // by document
	occupied                                 int       // documents with a token, which are all that Lucene counts
	average                                  float32   // tokens of those
}

// Open maps a folder that Create wrote, to be searched with these parameters.
func Open(dir string, p Parameters) (*Index, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	manifest, err := durable.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	if got := manifest.Options[formatOption]; got != float64(format) {
		return nil, fmt.Errorf("%s: want %s %d in its manifest, got %v; is it a BM25 index?", dir, formatOption, format, got)
	}
	files, err := openFiles(dir, names)
	if err != nil {
		return nil, err
	}
	x := &Index{
		Manifest: manifest, parameters: p, files: files,
		ids: files[0], documents: files[1], termNames: files[2], terms: files[3], blocks: files[4],
	}
	if err := x.readLengths(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// readLengths computes the norms of all documents.
func (x *Index) readLengths() error {
	for _, records := range []struct {
		*file
		size uint64
	}{{x.documents, documentRecord}, {x.terms, termRecord}} {
		if records.file.size()%records.size != 0 {
			return records.damaged(records.file.size(), "want records of %d bytes", records.size)
		}
	}
	data, err := x.documents.bytes(0, x.documents.size())
	if err != nil {
		return err
	}
	x.norms = make([]float32, len(data)/documentRecord)
	tokens := uint64(0)
	for doc := range x.norms {
		if length := lengthAt(data, doc); length > 0 {
			tokens += uint64(length)
			x.occupied++
		}
	}
	x.average = float32(float64(tokens) / float64(x.occupied))
	for doc := range x.norms {
		x.norms[doc] = x.norm(lengthAt(data, doc))
	}
	return nil
}

func (x *Index) norm(length uint32) float32 { return x.parameters.norm(length, x.average) }

func lengthAt(documents []byte, doc int) uint32 {
	return binary.LittleEndian.Uint32(documents[doc*documentRecord+8:])
}

// Len is the number of documents.
func (x *Index) Len() int { return len(x.norms) }

// Close unmaps the files.
func (x *Index) Close() error { return closeFiles(x.files) }

// id is a document's.
func (x *Index) id(doc uint32) ([]byte, error) {
	return line(x.ids, x.documents, documentRecord, int(doc))
}

// line is one of a text file, of which the records of another file tell where each ends.
func line(text, records *file, size, i int) ([]byte, error) {
	at := uint64(i * size)
	first := uint64(0)
	if i > 0 {
		before, err := records.bytes(at-uint64(size), at)
		if err != nil {
			return nil, err
		}
		first = binary.LittleEndian.Uint64(before)
	}
	record, err := records.bytes(at, at+uint64(size))
	if err != nil {
		return nil, err
	}
	last := binary.LittleEndian.Uint64(record)
	if last <= first {
		return nil, records.damaged(at, "want an end behind %d, got %d", first, last)
	}
	got, err := text.bytes(first, last)
	if err != nil {
		return nil, err
	}
	return got[:len(got)-1], nil
}

// find is the number of a term, or ok false where no document has it.
func (x *Index) find(term string) (number int, ok bool, err error) {
	low, high := 0, int(x.terms.size()/termRecord)
	for low < high {
		middle := int(uint(low+high) / 2)
		name, err := line(x.termNames, x.terms, termRecord, middle)
		switch {
		case err != nil:
			return 0, false, err
		case string(name) == term:
			return middle, true, nil
		case string(name) < term:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0, false, nil
}
