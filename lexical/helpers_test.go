package lexical_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/lexical"
)

// text is a document or a query.
type text struct {
	ID   string `json:"_id"`
	Name string `json:"title"`
	Text string `json:"text"`
}

func (t text) content() string { return t.Name + " " + t.Text }

// readTexts reads a corpus.jsonl or queries.jsonl.
func readTexts(t testing.TB, folder fs.FS, path string) []text {
	t.Helper()
	file, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := textfile.New(path, file)
	if err != nil {
		t.Fatal(err)
	}
	var texts []text
	for lines.Scan() {
		var one text
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(lines.Errorf("%w", err))
		}
		texts = append(texts, one)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}

func queryTexts(queries []text) []string {
	var texts []string
	for _, q := range queries {
		texts = append(texts, q.Text)
	}
	return texts
}

// write makes an index folder.
func write(t testing.TB, opts lexical.Options, documents []text) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "index")
	if err := tryWrite(dir, opts, documents); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tryWrite(dir string, opts lexical.Options, documents []text) error {
	return lexical.Create(context.Background(), dir, opts, func(w *lexical.Writer) error {
		for _, d := range documents {
			if err := w.Append(d.ID, d.content()); err != nil {
				return err
			}
		}
		return nil
	})
}

func open(t testing.TB, dir string, p lexical.Parameters) *lexical.Index {
	t.Helper()
	x, err := lexical.Open(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func search(t testing.TB, x *lexical.Index, queries []string, k int) [][]lexical.Hit {
	t.Helper()
	found, err := x.Search(t.Context(), queries, k)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
