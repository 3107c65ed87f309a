package serve

import (
	"bufio"
	"fmt"
	"os"

	"github.com/gradus-ir/gradus/collection"
)

// documents are the texts of a corpus, read again by place. They lie in a
// temporary file that has no name any more, so that nothing is left of it
// whatever becomes of the process; 12 bytes a document are held.
type documents struct {
	file   *os.File
	buffer *bufio.Writer
	ends   []int64  // where each ends
	titles []uint32 // bytes of each that are its title
}

func newDocuments() (*documents, error) {
	file, err := os.CreateTemp("", "gradus-serve-*.texts")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return &documents{file: file, buffer: bufio.NewWriterSize(file, 1<<18)}, nil
}

func (d *documents) len() int { return len(d.ends) }

func (d *documents) start(place int) int64 {
	if place == 0 {
		return 0
	}
	return d.ends[place-1]
}

func (d *documents) append(document collection.Document) error {
	end := d.start(d.len()) + int64(len(document.Title)+len(document.Text))
	d.ends = append(d.ends, end)
	d.titles = append(d.titles, uint32(len(document.Title)))
	d.buffer.WriteString(document.Title)
	_, err := d.buffer.WriteString(document.Text)
	return err
}

// flush ends the writing.
func (d *documents) flush() error {
	defer func() { d.buffer = nil }()
	return d.buffer.Flush()
}

// read returns the document of a place, without its id.
func (d *documents) read(place int) (collection.Document, error) {
	text := make([]byte, d.ends[place]-d.start(place))
	if _, err := d.file.ReadAt(text, d.start(place)); err != nil {
		return collection.Document{}, fmt.Errorf("text of document %d: %w", place, err)
	}
	title := d.titles[place]
	return collection.Document{Title: string(text[:title]), Text: string(text[title:])}, nil
}

func (d *documents) close() error { return d.file.Close() }
