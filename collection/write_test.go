package collection_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
)

func TestWriteReadsBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "synth")
	docs := []collection.Document{{ID: "q1-3", Title: "", Text: "a <b> & \"c\"\nd\te ü\u2028"}, {ID: "q1-0", Title: "T", Text: "x"}}
	queries := []collection.Query{{ID: "q1", Text: "what?"}}
	err := collection.Write(dir, func(w *collection.Writer) error {
		return errors.Join(
			w.Document(docs[0]), w.Document(docs[1]), w.Query(queries[0]),
			w.Grade("train", "q1", "q1-3", 3), w.Grade("train", "q1", "q1-0", 0), w.Grade("test", "q1", "q1-3", -1),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	gotDocs, err1 := all(c.Documents())
	gotQueries, err2 := all(c.Queries())
	if diff := cmp.Diff(docs, gotDocs) + cmp.Diff(queries, gotQueries); diff != "" || err1 != nil || err2 != nil {
		t.Errorf("errors %v, %v, (-want +got)\n%s", err1, err2, diff)
	}
	text, err := os.ReadFile(c.QrelsPath("train"))
	if want := "query-id\tcorpus-id\tscore\nq1\tq1-3\t3\nq1\tq1-0\t0\n"; string(text) != want || err != nil {
		t.Errorf("train qrels: want %q, got %q, %v", want, text, err)
	}
	if splits, err := c.Splits(); err != nil || strings.Join(splits, " ") != "test train" {
		t.Errorf("want splits test and train, got %v, %v", splits, err)
	}
}

func TestWriteErrorsLeaveNothing(t *testing.T) {
	for want, fill := range map[string]func(w *collection.Writer) error{
		`document "d": want each id once, got it twice`: func(w *collection.Writer) error {
			if err := w.Document(collection.Document{ID: "d"}); err != nil {
				return err
			}
			return w.Document(collection.Document{ID: "d"})
		},
		`a query without an id`: func(w *collection.Writer) error { return w.Query(collection.Query{Text: "x"}) },
		`query "q" has no text`: func(w *collection.Writer) error { return w.Query(collection.Query{ID: "q", Text: " "}) },
		`split "../x": want a plain name, such as train`: func(w *collection.Writer) error {
			return w.Grade("../x", "q", "d", 1)
		},
		`qrels of train: want ids that are not empty and have no tab or line end, got "a\tb"`: func(w *collection.Writer) error {
			return w.Grade("train", "q", "a\tb", 1)
		},
	} {
		parent := t.TempDir()
		if err := collection.Write(filepath.Join(parent, "c"), fill); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
			t.Errorf("%s: want nothing left, got %v, %v", want, left, err)
		}
	}
	dir := t.TempDir()
	if err := collection.Write(dir, func(*collection.Writer) error { return nil }); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder that exists: want fs.ErrExist, got %v", err)
	}
}
