package collection_test

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
)

// lay writes files under a fresh folder.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// all reads a sequence up to its first error.
func all[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var list []T
	for one, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, one)
	}
	return list, nil
}

func TestContent(t *testing.T) {
	for want, d := range map[string]collection.Document{
		"title text": {Title: "title", Text: "text"},
		"text":       {Text: "text"},
		"title":      {Title: "title"},
		"a  b":       {Title: "a ", Text: "b\n"},
		"":           {},
	} {
		if got := d.Content(); got != want {
			t.Errorf("%+v: want %q, got %q", d, want, got)
		}
	}
}

func TestReadDocuments(t *testing.T) {
	dir := lay(t, map[string]string{"corpus.jsonl": "\ufeff" +
		`{"_id": "d1", "title": "T", "text": "one\ttwo\nthree", "metadata": {"url": "x"}}` + "\r\n" +
		"\r\n" +
		`{"_id": 12345678901234567890, "text": "a number as id keeps its digits"}` + "\n" +
		`{"_id": "ü d", "title": null, "text": ""}`,
	})
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := all(c.Documents())
	want := []collection.Document{
		{ID: "d1", Title: "T", Text: "one\ttwo\nthree"},
		{ID: "12345678901234567890", Text: "a number as id keeps its digits"},
		{ID: "ü d"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
}

func TestReadErrors(t *testing.T) {
	good := `{"_id": "q1", "text": "what"}` + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"broken JSON", good + `{"_id": "q2", "te`, `queries.jsonl:2: want one JSON object a line, got {"_id": "q2", "te (unexpected end of JSON input)`},
		{"two objects a line", good + good[:len(good)-1] + good, `queries.jsonl:2: want one JSON object a line`},
		{"a list", "[1]", `queries.jsonl:1: want a JSON object, got a JSON array`},
		{"no id", good + "\n" + `{"text": "what"}`, `queries.jsonl:3: want a field "_id" that is not empty, got {"text": "what"}`},
		{"empty id", `{"_id": "", "text": "what"}`, `queries.jsonl:1: want a field "_id" that is not empty`},
		{"id of another kind", `{"_id": ["a"], "text": "what"}`, `queries.jsonl:1: "_id": want a string or a number, got ["a"]`},
		{"no text", `{"_id": "q1"}`, `queries.jsonl:1: query "q1" has no text`},
		{"blank text", `{"_id": "q1", "text": " \t"}`, `queries.jsonl:1: query "q1" has no text`},
		{"text of another kind", `{"_id": "q1", "text": 5}`, `queries.jsonl:1: want "text" as a string, got a JSON number`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := all(collection.ReadQueries(filepath.Join(lay(t, map[string]string{"queries.jsonl": c.text}), "queries.jsonl")))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s, got %v", c.want, err)
			}
		})
	}
	if _, err := all(collection.ReadQueries("absent.jsonl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: want fs.ErrNotExist, got %v", err)
	}
}

// TestALineOfAHundredMegabytes: a document of any size that a collection of the field may have.
func TestALineOfAHundredMegabytes(t *testing.T) {
	const size = 100 << 20
	dir := t.TempDir()
	err := collection.WriteCompressed(filepath.Join(dir, "c"), ".zst", func(w *collection.Writer) error {
		return w.Document(collection.Document{ID: "d", Text: strings.Repeat("0123456789 abcde", size/16)})
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(filepath.Join(dir, "c"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all(c.Documents()); err != nil || len(got) != 1 || len(got[0].Text) != size {
		t.Errorf("want one document of %d bytes, got %d documents, %v", size, len(got), err)
	}
}

func TestEachRefuses(t *testing.T) {
	dir := lay(t, map[string]string{"queries.jsonl": `{"_id": "q1", "text": "what"}` + "\n\n" + `{"id": 2, "text": "what"}` + "\n"})
	refused := errors.New("refused")
	err := collection.EachQuery(filepath.Join(dir, "queries.jsonl"), func(q collection.Query) error {
		if q.ID == "2" {
			return refused
		}
		return nil
	})
	if !errors.Is(err, refused) || !strings.HasSuffix(err.Error(), "queries.jsonl:3: refused") {
		t.Errorf("want the refusal with its line, got %v", err)
	}
}

func TestAReaderCanStopEarly(t *testing.T) {
	dir := lay(t, map[string]string{"queries.jsonl": `{"_id": "q1", "text": "what"}` + "\nbroken"})
	for q, err := range collection.ReadQueries(filepath.Join(dir, "queries.jsonl")) {
		if q.ID != "q1" || err != nil {
			t.Errorf("want q1 before the broken line, got %v, %v", q, err)
		}
		break
	}
}

func TestCompressed(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "corpus.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(file)
	io.WriteString(w, `{"_id": "d1", "text": "zipped"}`)
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all(c.Documents()); err != nil || len(got) != 1 || got[0].Text != "zipped" {
		t.Errorf("want the zipped document, got %v, %v", got, err)
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := collection.Open("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder: want fs.ErrNotExist, got %v", err)
	}
	dir := lay(t, map[string]string{"other.txt": ""})
	if _, err := collection.Open(dir); err == nil || !strings.Contains(err.Error(), "want corpus.jsonl or queries.jsonl in it") {
		t.Errorf("a folder of other things: want it said, got %v", err)
	}
	if _, err := collection.Open(filepath.Join(dir, "other.txt")); err == nil || !strings.Contains(err.Error(), "got a file") {
		t.Errorf("a file: want it said, got %v", err)
	}
}

func TestSplits(t *testing.T) {
	dir := lay(t, map[string]string{"queries.jsonl": "", "qrels/train.tsv": "", "qrels/dev.tsv.gz": "", "qrels/notes.txt": ""})
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSplit("dev"); err != nil {
		t.Errorf("dev, compressed: %v", err)
	}
	if err := c.CheckSplit("test"); err == nil || !strings.HasSuffix(err.Error(), "no such split; "+dir+" has dev, train") {
		t.Errorf("a split that is not there: want those that are, got %v", err)
	}
}

func TestIDs(t *testing.T) {
	dir := lay(t, map[string]string{
		"corpus.jsonl":  `{"_id": "a"}` + "\n" + `{"_id": "b"}` + "\n",
		"queries.jsonl": `{"_id": "q", "text": "x"}` + "\n" + `{"_id": "r", "text": "x"}` + "\n" + `{"_id": "q", "text": "y"}` + "\n",
	})
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.DocumentIDs(); err != nil || len(got) != 2 {
		t.Errorf("want a and b, got %v, %v", got, err)
	}
	if _, err := c.QueryIDs(); err == nil || !strings.Contains(err.Error(), `queries.jsonl:3: duplicate "_id" "q"`) {
		t.Errorf("a duplicate: want its line, got %v", err)
	}
}

func FuzzReadDocuments(f *testing.F) {
	for _, seed := range []string{`{"_id": "d1", "title": "T", "text": "x"}`, `{"_id": 1}`, `{"_id": "\ud800"}`, "[]", "\ufeff\r\n", `{"_id":"a"}{"_id":"b"}`, "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "corpus.jsonl")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		for d, err := range collection.ReadDocuments(path) {
			if err == nil && d.ID == "" {
				t.Errorf("a document without an id: %+v", d)
			}
		}
	})
}
