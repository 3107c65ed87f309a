package lexical

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// maxRuns is how many runs lie on disk before they are merged into one.
const maxRuns = 64

// runs are files on disk, each of which holds keys in order, and with each
// postings, all behind those of the run before:
//
//	uvarint length, key, uvarint length, and of each posting uvarint document, uvarint frequency
type runs struct {
	dir   string
	paths []string
	made  int
}

// add writes a run.
func (r *runs) add(write func(out *bufio.Writer) error) error {
	path := filepath.Join(r.dir, fmt.Sprintf("run-%d", r.made))
	r.made++
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, pageSize)
	err = errors.Join(write(out), out.Flush(), file.Close())
	r.paths = append(r.paths, path)
	return err
}

// merge calls each with every key in order and the runs that have it, whose
// postings it must read, and removes the runs.
func (r *runs) merge(each func(key []byte, parts []*run) error) (err error) {
	var waiting byKey
	defer func() {
		for _, path := range r.paths {
			err = errors.Join(err, os.Remove(path))
		}
		r.paths = nil
	}()
	for place, path := range r.paths {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		part := &run{place: place, in: bufio.NewReaderSize(file, pageSize)}
		if err := waiting.next(part); err != nil {
			return err
		}
	}
	var parts []*run
	for len(waiting) > 0 {
		parts = append(parts[:0], heap.Pop(&waiting).(*run))
		for len(waiting) > 0 && bytes.Equal(waiting[0].key, parts[0].key) {
			parts = append(parts, heap.Pop(&waiting).(*run))
		}
		if err := each(parts[0].key, parts); err != nil {
			return err
		}
		for _, part := range parts {
			if err := waiting.next(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// compact makes all runs one.
func (r *runs) compact() error {
	old := runs{paths: r.paths}
	r.paths = nil
	return r.add(func(out *bufio.Writer) error {
		return old.merge(func(key []byte, parts []*run) error {
			size := uint64(0)
			for _, part := range parts {
				size += part.size
			}
			writeHead(out, key, size)
			for _, part := range parts {
				if _, err := io.CopyN(out, part.in, int64(part.size)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func writeHead(out *bufio.Writer, key []byte, size uint64) {
	var head [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(key)))
	out.Write(head[:n])
	out.Write(key)
	n = binary.PutUvarint(head[:], size)
	out.Write(head[:n])
}

// run is one being read, at a key whose postings come next.
type run struct {
	place int
	in    *bufio.Reader
	key   []byte
	size  uint64 // of the postings, in bytes
	data  []byte
}

// postings reads those of the key.
func (r *run) postings(each func(posting) error) error {
	r.data = slices.Grow(r.data[:0], int(r.size))[:r.size]
	if _, err := io.ReadFull(r.in, r.data); err != nil {
		return err
	}
	data := r.data
	for len(data) > 0 {
		doc, n := binary.Uvarint(data)
		frequency, m := binary.Uvarint(data[n:])
		if err := each(posting{uint32(doc), uint32(frequency)}); err != nil {
			return err
		}
		data = data[n+m:]
	}
	return nil
}

// byKey is a heap of runs.
type byKey []*run

func (h byKey) Len() int      { return len(h) }
func (h byKey) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *byKey) Push(r any)   { *h = append(*h, r.(*run)) }

func (h byKey) Less(i, j int) bool {
	if c := bytes.Compare(h[i].key, h[j].key); c != 0 {
		return c < 0
	}
	return h[i].place < h[j].place
}

func (h *byKey) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// next moves a run to its next key and pushes it, unless it is at its end.
func (h *byKey) next(r *run) error {
	length, err := binary.ReadUvarint(r.in)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		r.key = slices.Grow(r.key[:0], int(length))[:length]
		_, err = io.ReadFull(r.in, r.key)
	}
	if err == nil {
		r.size, err = binary.ReadUvarint(r.in)
	}
	if err != nil {
		return err
	}
	heap.Push(h, r)
	return nil
}
