package index

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// Block is how many rows Resume puts on disk at a time.
const Block = 4096

const progressFile = "progress.log"

// Resume is Create for rows that take long to make. They are kept in
// dir.partial, block by block, until fill returns nil, and where it did not,
// or the process was killed, the same call goes on behind the last full block:
// fill appends the rows from w.Len() on. A folder begun with other options or
// inputs is an error that tells what differs. Where not one block is full
// nothing is kept.
func Resume(dir string, opts Options, fill func(*Writer) error) error {
	if err := opts.check(); err != nil {
		return err
	}
	work := Partial(dir)
	kept := false
	err := durable.ContinueFolder(dir, work, func() error {
		if err := durable.CheckOwn(work, progressFile); err != nil {
			kept = true
			return err
		}
		p := &partial{dir: work, opts: opts}
		err := p.open()
		if err == nil {
			err = p.fill(fill)
		}
		err = cmp.Or(err, p.close())
		kept = p.kept
		return err
	})
	if err == nil {
		return os.Remove(filepath.Join(dir, progressFile))
	}
	if !kept && !errors.Is(err, durable.ErrLocked) {
		os.RemoveAll(work)
	}
	return err
}

// Partial is the folder in which Resume keeps what there is of dir.
func Partial(dir string) string { return filepath.Clean(dir) + ".partial" }

// partial is a folder that Resume fills.
type partial struct {
	dir  string
	opts Options
	log  *durable.Log
	done progress
	w    *Writer
	kept bool // there is something in it to go on with, or that is not ours to remove
}

// progress is a record of the log: rows that are on disk. The first one has what is being written instead.
type progress struct {
	Rows int `json:"rows,omitempty"`
	IDs  int `json:"ids,omitempty"` // bytes of the ids' file

	Work map[string]json.RawMessage `json:"work,omitempty"`
}

// work is what a partial folder must have been begun as.
func (o Options) work() (map[string]json.RawMessage, error) {
	all := map[string]any{
		dimOption: o.Dim, similarityOption: o.Similarity, precisionOption: o.Precision, "plain": o.Plain,
		encoderOption: o.Encoder, "inputs": hashes(o.Manifest.Inputs),
	}
	for name, value := range o.Manifest.Options {
		all[name] = value
	}
	return durable.RawOptions(all)
}

func hashes(inputs []durable.Input) []string {
	all := []string{}
	for _, input := range inputs {
		all = append(all, input.SHA256)
	}
	return all
}

// open reads how far the folder is, and cuts off what came later.
func (p *partial) open() (err error) {
	var begun map[string]json.RawMessage
	p.log, err = durable.OpenLog(filepath.Join(p.dir, progressFile), func(record []byte) error {
		var r progress
		if err := json.Unmarshal(record, &r); err != nil {
			return err
		}
		if r.Work != nil {
			begun = r.Work
			return nil
		}
		p.done = r
		return nil
	})
	if err != nil {
		p.kept = true
		return err
	}
	work, err := p.opts.work()
	if err != nil {
		return err
	}
	p.kept = p.done.Rows > 0
	if begun == nil {
		if err := p.record(progress{Work: work}); err != nil {
			return err
		}
	} else if differ := durable.Differences(begun, work); len(differ) > 0 && p.kept {
		return fmt.Errorf("%s: want to go on with what was begun there, but %s; give the same options and inputs, or remove it", p.dir, strings.Join(differ, "; "))
	} else if len(differ) > 0 {
		if err := p.record(progress{Work: work}); err != nil {
			return err
		}
	}
	p.w = newWriter(p.opts)
	p.w.files, err = p.opts.open(func(name string, size int) (*mapped.Output, error) {
		path := filepath.Join(p.dir, name)
		if p.done.Rows == 0 {
			return mapped.Create(path)
		}
		if size *= p.done.Rows; name == idsFile {
			size = p.done.IDs
		}
		out, err := mapped.Continue(path, size)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%s: want the %d bytes of %d rows that were written; remove the folder", path, size, p.done.Rows)
		}
		return out, err
	})
	if err != nil {
		return err
	}
	return p.readIDs()
}

func (p *partial) readIDs() error {
	path := filepath.Join(p.dir, idsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(text) {
		if err := p.w.take(string(bytes.TrimSuffix(line, []byte("\n")))); err != nil {
			return fmt.Errorf("%s: %w; remove the folder", path, err)
		}
	}
	if p.w.Len() != p.done.Rows {
		return fmt.Errorf("%s: want %d ids, got %d; remove the folder", path, p.done.Rows, p.w.Len())
	}
	return nil
}

func (p *partial) fill(fill func(*Writer) error) error {
	p.w.full = p.sync
	if err := fill(p.w); err != nil {
		return err
	}
	return p.w.finish(p.dir)
}

// sync puts what there is on disk, and then says so.
func (p *partial) sync() error {
	for _, out := range p.w.files.all() {
		if err := out.Sync(); err != nil {
			return err
		}
	}
	if err := p.record(progress{Rows: p.w.Len(), IDs: p.w.files.ids.Len()}); err != nil {
		return err
	}
	p.kept = true
	return nil
}

func (p *partial) record(r progress) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return p.log.Append(text)
}

func (p *partial) close() error {
	var first error
	if p.w != nil {
		first = p.w.files.close()
	}
	if p.log != nil {
		first = cmp.Or(first, p.log.Close())
	}
	return first
}
