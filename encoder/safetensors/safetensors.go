// Package safetensors reads and writes tensors in the safetensors format.
//
// A file is checked whole when it is opened: what the reference implementation
// refuses is refused here. Tensors are then read one by one, on demand.
// Source: huggingface/safetensors, safetensors/src/tensor.rs.
package safetensors

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Tensor describes a tensor of a file: its dtype as the format names it (F32, BF16, I64 …), its shape outermost first.
type Tensor struct {
	Name  string
	DType string
	Shape []int
}

// entry is a tensor and where its bytes are.
type entry struct {
	Tensor
	file       *os.File
	start, end int64 // in the file
}

// File is an open safetensors file, or several that make one model. Its methods may run concurrently, but not with Close.
type File struct {
	path     string
	files    []*os.File
	entries  []entry // in the order of their bytes
	byName   map[string]int
	metadata map[string]string
}

// Open opens a file and checks its header against its size.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := newFile(path, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func newFile(path string, file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("want a regular file")}
	}
	h, err := readHeader(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f := &File{path: path, files: []*os.File{file}, byName: make(map[string]int), metadata: h.metadata}
	for _, t := range h.tensors {
		f.add(entry{t.Tensor, file, h.dataStart + t.start, h.dataStart + t.end})
	}
	return f, nil
}

func (f *File) add(e entry) {
	f.byName[e.Name] = len(f.entries)
	f.entries = append(f.entries, e)
}

// Names lists the tensors in the order of their bytes.
func (f *File) Names() []string {
	names := make([]string, len(f.entries))
	for i, e := range f.entries {
		names[i] = e.Name
	}
	return names
}

// Metadata returns the file's own remarks, nil if it has none.
func (f *File) Metadata() map[string]string { return f.metadata }

// Tensor describes a tensor.
func (f *File) Tensor(name string) (Tensor, error) {
	e, err := f.find(name)
	if err != nil {
		return Tensor{}, err
	}
	t := e.Tensor
	t.Shape = slices.Clone(t.Shape)
	return t, nil
}

// Close closes the file. Tensors that were read stay valid.
func (f *File) Close() error {
	var errs []error
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

func (f *File) find(name string) (*entry, error) {
	i, ok := f.byName[name]
	if !ok {
		return nil, fmt.Errorf("%s: tensor %q: want it among the %d of the file, got none", f.path, name, len(f.entries))
	}
	return &f.entries[i], nil
}
