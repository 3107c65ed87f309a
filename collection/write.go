package collection

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/textfile"
)

// Writer fills a collection's folder; Write hands it out. It is for one
// goroutine. It holds every id, about 40 bytes each.
type Writer struct {
	dir    string
	ending string
	files  map[string]*output
	docs   map[string]struct{}
	asked  map[string]struct{}
}

// output is one file being written.
type output struct {
	file   *os.File
	packed io.WriteCloser
	buffer *bufio.Writer
	json   *json.Encoder
}

// Write creates the collection dir, whole or not at all: fill writes through
// the Writer into a folder beside it, which is renamed once fill returns nil.
// A dir that exists is an error. Without any document or query the file is
// there, empty.
func Write(dir string, fill func(*Writer) error) error {
	return WriteCompressed(dir, "", fill)
}

// WriteCompressed is Write with files that have an ending of
// textfile.Endings: .gz, .zst or none.
func WriteCompressed(dir, ending string, fill func(*Writer) error) error {
	return durable.CreateFolder(dir, func(temp string) (err error) {
		w := &Writer{
			dir:    temp,
			ending: ending,
			files:  make(map[string]*output),
			docs:   make(map[string]struct{}),
			asked:  make(map[string]struct{}),
		}
		defer func() {
			if failed := w.close(); err == nil {
				err = failed
			}
		}()
		for _, name := range []string{corpusFile, queriesFile} {
			if _, err := w.open(name); err != nil {
				return err
			}
		}
		return fill(w)
	})
}

// Dir is the folder being filled, for a manifest or other files that belong
// with the collection. It is not yet where the collection will be.
func (w *Writer) Dir() string { return w.dir }

// Document adds one to the corpus. An empty or repeated ID is an error.
func (w *Writer) Document(d Document) error {
	if err := once(w.docs, "document", d.ID); err != nil {
		return err
	}
	return w.encode(corpusFile, struct {
		ID    string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}{d.ID, d.Title, d.Text})
}

// Query adds one. An empty or repeated ID, or an empty text, is an error.
func (w *Writer) Query(q Query) error {
	if strings.TrimSpace(q.Text) == "" {
		return fmt.Errorf("query %q has no text", q.ID)
	}
	if err := once(w.asked, "query", q.ID); err != nil {
		return err
	}
	return w.encode(queriesFile, struct {
		ID   string `json:"_id"`
		Text string `json:"text"`
	}{q.ID, q.Text})
}

// Grade adds a line to the qrels of a split: the grade of a document for a query.
func (w *Writer) Grade(split, queryID, docID string, grade int) error {
	if split == "" || split != filepath.Base(split) {
		return fmt.Errorf("split %q: want a plain name, such as train", split)
	}
	for _, id := range []string{queryID, docID} {
		if id == "" || strings.ContainsAny(id, "\t\r\n") {
			return fmt.Errorf("qrels of %s: want ids that are not empty and have no tab or line end, got %q", split, id)
		}
	}
	name := filepath.Join(qrelsFolder, split+qrelsSuffix)
	fresh := w.files[name] == nil
	out, err := w.open(name)
	if err != nil {
		return err
	}
	if fresh {
		io.WriteString(out.buffer, "query-id\tcorpus-id\tscore\n")
	}
	_, err = fmt.Fprintf(out.buffer, "%s\t%s\t%d\n", queryID, docID, grade)
	return err
}

func (w *Writer) encode(name string, record any) error {
	out, err := w.open(name)
	if err != nil {
		return err
	}
	return out.json.Encode(record)
}

func (w *Writer) open(name string) (*output, error) {
	if out := w.files[name]; out != nil {
		return out, nil
	}
	path := filepath.Join(w.dir, name+w.ending)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	packed, err := textfile.Compress(file, path)
	if err != nil {
		file.Close()
		return nil, err
	}
	out := &output{file: file, packed: packed, buffer: bufio.NewWriterSize(packed, 1<<18)}
	out.json = json.NewEncoder(out.buffer)
	out.json.SetEscapeHTML(false)
	w.files[name] = out
	return out, nil
}

func (w *Writer) close() error {
	var first error
	for _, out := range w.files {
		for _, step := range []func() error{out.buffer.Flush, out.packed.Close, out.file.Close} {
			if err := step(); first == nil {
				first = err
			}
		}
	}
	return first
}

// once takes note of an id and refuses it a second time.
func once(seen map[string]struct{}, what, id string) error {
	if id == "" {
		return fmt.Errorf("a %s without an id", what)
	}
	if _, twice := seen[id]; twice {
		return fmt.Errorf("%s %q: want each id once, got it twice", what, id)
	}
	seen[id] = struct{}{}
	return nil
}
