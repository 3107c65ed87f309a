package lexical

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// defaultMemory is about what a Writer holds, in bytes, before it spills to disk.
const defaultMemory = 128 << 20

// Options are what an index is made as.
type Options struct {
	Memory   int              // bytes to invert in before spilling; 0 is 128 MiB. The process takes about twice that
	Manifest durable.Manifest // verb, options and inputs to record; the counts are added
}

// Writer inverts documents; Create hands it out. It is for one goroutine. It
// holds a stretch of the collection at a time, whose postings go to disk
// sorted by term, and Create merges these runs.
//
// A document's id is inverted like a term, so that an id given twice meets
// itself in the merge: no set of all ids is held.
type Writer struct {
	ctx            context.Context
	dir            string
	memory         int
	ids, documents *output
	count          uint32 // documents
	runs           runs

	// the stretch
	known    map[string]int32  // words as they stand in texts → number of their term, stopWord for none
	terms    map[string]uint32 // keys → their numbers
	keys     []string          // terms, and ids behind idMark
	keyBytes int
	inverted []inversion
	counts   []uint32 // by term: how often it is in the document at hand
	touched  []uint32 // terms in the document at hand
}

// inversion is a posting and the number of its key.
type inversion struct {
	key uint32
	posting
}

const (
	stopWord = -1
	idMark   = "\x00" // in no term: it ends words
)

// Create writes the folder dir, whole or not at all: fill appends the
// documents, and a folder beside dir is renamed once all is merged. A dir that
// exists is an error. Memory does not grow with the collection.
func Create(ctx context.Context, dir string, opts Options, fill func(*Writer) error) error {
	if opts.Memory == 0 {
		opts.Memory = defaultMemory
	}
	return durable.CreateFolder(dir, func(temp string) (err error) {
		var outputs []*output
		defer func() {
			for _, out := range outputs {
				if failed := out.close(); err == nil {
					err = failed
				}
			}
		}()
		for _, name := range names {
			out, err := create(temp, name)
			if err != nil {
				return err
			}
			outputs = append(outputs, out)
		}
		w := &Writer{ctx: ctx, dir: temp, memory: opts.Memory, ids: outputs[0], documents: outputs[1], runs: runs{dir: temp}}
		w.reset()
		if err := fill(w); err != nil {
			return err
		}
		m := opts.Manifest
		m.Options, m.Counts = maps.Clone(m.Options), maps.Clone(m.Counts)
		if m.Options == nil {
			m.Options = make(map[string]any)
		}
		if m.Counts == nil {
			m.Counts = make(map[string]int64)
		}
		if err := w.finish(outputs[2], outputs[3], outputs[4], m.Counts); err != nil {
			return err
		}
		for _, out := range outputs {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err := writeChecksums(temp, outputs); err != nil {
			return err
		}
		m.Options[formatOption] = format
		m.Counts["documents"] = int64(w.count)
		return durable.WriteManifest(temp, m)
	})
}

// Append adds a document, whose text may have no token. An empty id, one with
// a line end and one that was there before are errors that name the id; one
// that was there long before shows only when Create merges.
func (w *Writer) Append(id, text string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if id == "" || strings.ContainsAny(id, "\r\n") {
		return fmt.Errorf("bm25: want a document id of one line that is not empty, got %q", id)
	}
	if w.count == math.MaxUint32 {
		return fmt.Errorf("bm25: want at most %d documents in an index, got more", uint32(math.MaxUint32))
	}
	key := idMark + id
	if _, twice := w.terms[key]; twice {
		return twiceError(id)
	}
	length := uint32(0)
	for word := range words(text) {
		number, ok := w.known[word]
		if !ok {
			number = w.learn(word)
		}
		if number == stopWord {
			continue
		}
		if w.counts[number]++; w.counts[number] == 1 {
			w.touched = append(w.touched, uint32(number))
		}
		length++
	}
	for _, number := range w.touched {
		w.inverted = append(w.inverted, inversion{number, posting{w.count, w.counts[number]}})
		w.counts[number] = 0
	}
	w.touched = w.touched[:0]
	w.inverted = append(w.inverted, inversion{w.number(key), posting{w.count, 1}})

	io.WriteString(w.ids, id+"\n") // a failed write shows in Create's flush
	record := binary.LittleEndian.AppendUint64(nil, w.ids.offset())
	if _, err := w.documents.Write(binary.LittleEndian.AppendUint32(record, length)); err != nil {
		return err
	}
	w.count++
	if w.full() {
		return w.spill()
	}
	return nil
}

// learn remembers what a word is indexed as.
func (w *Writer) learn(word string) int32 {
	number := int32(stopWord)
	if t := term(word); t != "" {
		number = int32(w.number(t))
	}
	w.known[strings.Clone(word)] = number
	w.keyBytes += len(word)
	return number
}

func (w *Writer) number(key string) uint32 {
	number, ok := w.terms[key]
	if !ok {
		number = uint32(len(w.keys))
		key = strings.Clone(key)
		w.terms[key] = number
		w.keys = append(w.keys, key)
		w.counts = append(w.counts, 0)
		w.keyBytes += len(key)
	}
	return number
}

// full tells whether the stretch takes all of its memory.
func (w *Writer) full() bool {
	const (
		postingBytes = 12 + 12 // and once more, sorted
		keyBytes     = 100     // a string, its place in a map, and what goes with it
	)
	return len(w.inverted)*postingBytes+(len(w.keys)+len(w.known))*keyBytes+w.keyBytes >= w.memory
}

// reset begins a stretch.
func (w *Writer) reset() {
	w.known, w.terms = make(map[string]int32), make(map[string]uint32)
	w.keys, w.counts, w.inverted, w.keyBytes = w.keys[:0], w.counts[:0], w.inverted[:0], 0
}

func twiceError(id string) error {
	return fmt.Errorf("document %q: want each id once, got it twice", id)
}
