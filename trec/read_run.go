package trec

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// ReadRun reads a run in TREC's six columns, `query Q0 document rank score
// tag`, and sorts it: the rank column and the order of lines are ignored, as
// trec_eval does, and so are what follows the tag, blank lines and those that begin with #. A score
// that is not a finite number, or a document twice for a query, is an error
// with file and line. Tag is that of the last line.
//
// A file whose first line has the three columns of MS MARCO, `query document
// rank`, is read as such: a document's score is then minus its rank.
func ReadRun(path string) (Run, error) {
	lines, err := textfile.Open(path)
	if err != nil {
		return Run{}, err
	}
	defer lines.Close()
	run := Run{Rankings: make(map[string][]Scored)}
	at := make(map[string][]int) // the lines of the documents
	docs := make(interned)
	var r ranking
	for block, err := range blocks(lines) {
		if err != nil {
			return Run{}, err
		}
		if err := r.parse(block); err != nil {
			return Run{}, err.in(lines)
		}
		for i := range r.docs {
			r.docs[i].DocID = docs.copyOf(r.docs[i].DocID)
		}
		run.Rankings[block.queryID] = append(run.Rankings[block.queryID], r.docs...)
		at[block.queryID] = append(at[block.queryID], r.lines...)
		run.Tag = strings.Clone(r.tag)
	}
	var again *lineError // the first in the file
	for queryID, docs := range run.Rankings {
		r.docs, r.lines = docs, at[queryID]
		if err := r.order(queryID); err != nil && (again == nil || err.line < again.line) {
			again = err
		}
	}
	if again != nil {
		return Run{}, again.in(lines)
	}
	return run, nil
}

// ranking is one query's documents as they are read. It is used again for the next.
type ranking struct {
	docs  []Scored
	lines []int // of the file, for each of docs until they are put in order
	tag   string

	places []int32 // of documents by their hash, plus one; see repeated
	seed   maphash.Seed
}

// parse takes the lines of a block apart, in the order of the file.
func (r *ranking) parse(b block) *lineError {
	r.docs, r.lines = r.docs[:0], r.lines[:0]
	text := b.text
	want := trecColumns
	if b.ranked {
		want = msmarcoColumns
	}
	for i, number := 0, b.first; i < len(text); number++ {
		if text[i] == '\n' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], b.queryID) {
			i += len(b.queryID) - 1 // all but its last byte, which cannot be white space
		}
		var columns [trecColumns]string
		n := 0
		for n < want {
			for text[i] != '\n' && isSpace(text[i]) {
				i++
			}
			start := i
			for !isSpace(text[i]) {
				i++
			}
			if start == i {
				break
			}
			columns[n] = text[start:i]
			n++
		}
		doc, score, err := columns[2], 0.0, error(nil)
		switch {
		case n < want && b.ranked:
			err = fmt.Errorf(`want 3 fields "query doc rank", got %d`, n)
		case n < want:
			err = fmt.Errorf(`want 6 fields "query Q0 doc rank score tag", got %d`, n)
		case b.ranked:
			doc = columns[1]
			score, err = parseRank(columns[2])
		default:
			score, err = parseScore(columns[4])
		}
		if err != nil {
			return &lineError{number, err}
		}
		r.docs = append(r.docs, Scored{doc, score})
		r.lines = append(r.lines, number)
		r.tag = columns[5]
		i += strings.IndexByte(text[i:], '\n') + 1
	}
	return nil
}

// order refuses a document that stands twice and puts the rest in the order of Compare.
func (r *ranking) order(queryID string) *lineError {
	if again, first := r.repeated(); again > 0 {
		return &lineError{r.lines[again], fmt.Errorf("query %q: document %q again, first on line %d", queryID, r.docs[again].DocID, r.lines[first])}
	}
	if !slices.IsSortedFunc(r.docs, Compare) {
		slices.SortFunc(r.docs, Compare)
	}
	return nil
}

// repeated finds the first document that stands there twice, and where it stood
// before; 0 and 0 without one. It keeps places of documents at their hashes:
// the map of the language takes five times as long.
func (r *ranking) repeated() (again, first int) {
	size := 8
	for size < 2*len(r.docs) {
		size *= 2
	}
	if len(r.places) != size {
		r.places = make([]int32, size)
		r.seed = maphash.MakeSeed()
	}
	clear(r.places)
	for i, doc := range r.docs {
		slot := int(maphash.String(r.seed, doc.DocID) % uint64(size))
		for r.places[slot] != 0 {
			if before := int(r.places[slot] - 1); r.docs[before].DocID == doc.DocID {
				return i, before
			}
			slot = (slot + 1) % size
		}
		r.places[slot] = int32(i + 1)
	}
	return 0, 0
}
