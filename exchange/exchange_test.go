package exchange_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/trec"
)

// lay writes files under a fresh folder.
func lay(t testing.TB, files map[string]string) string {
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

// content is all that a source has.
type content struct {
	Documents []collection.Document
	Queries   []collection.Query
	Judgments map[string][]trec.Judgment
}

func contentOf(source exchange.Source) (content, error) {
	c := content{Judgments: map[string][]trec.Judgment{}}
	err := errors.Join(
		source.Documents(func(d collection.Document) error { c.Documents = append(c.Documents, d); return nil }),
		source.Queries(func(q collection.Query) error { c.Queries = append(c.Queries, q); return nil }),
	)
	for _, split := range source.Splits() {
		err = errors.Join(err, source.Judgments(split, func(j trec.Judgment) error {
			c.Judgments[split] = append(c.Judgments[split], j)
			return nil
		}))
	}
	return c, err
}

// odd is a collection with what files come with.
func odd(t testing.TB) string {
	return lay(t, map[string]string{
		"corpus.jsonl": "\ufeff" + `{"_id": "d1", "title": "A <b> & \"c\"", "text": "tab\tline\nend\r\nü \u2028 \ud83d\ude00 &amp; </TEXT>"}` + "\r\n\r\n" +
			`{"_id": 2, "text": "no title", "metadata": {"x": [1]}}` + "\n" +
			`{"_id": "d3", "title": null, "text": ""}` + "\n",
		"queries.jsonl":   `{"_id": "q1", "text": "what\tis <it>"}` + "\n" + `{"_id": "q2", "text": "Topic: 二 &"}` + "\n",
		"qrels/test.tsv":  "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t0\nq2\td3\t1.0\nq1\td1\t2\n",
		"qrels/train.tsv": "query-id\tcorpus-id\tscore\nq2\t2\t-1\nq2\td1\t1\n",
	})
}

var oddContent = content{
	Documents: []collection.Document{
		{ID: "d1", Title: `A <b> & "c"`, Text: "tab\tline\nend\r\nü \u2028 😀 &amp; </TEXT>"}, {ID: "2", Text: "no title"}, {ID: "d3"},
	},
	Queries: []collection.Query{{ID: "q1", Text: "what\tis <it>"}, {ID: "q2", Text: "Topic: 二 &"}},
	Judgments: map[string][]trec.Judgment{
		"test":  {{QueryID: "q1", DocID: "d1", Grade: 2}, {QueryID: "q1", DocID: "2", Grade: 0}, {QueryID: "q2", DocID: "d3", Grade: 1}},
		"train": {{QueryID: "q2", DocID: "2", Grade: -1}, {QueryID: "q2", DocID: "d1", Grade: 1}},
	},
}

// opened is how each format is read that Write writes.
var opened = map[string]func(dir, ending string) (exchange.Source, error){
	"beir": func(dir, _ string) (exchange.Source, error) { return exchange.BEIR(dir) },
	"hf":   func(dir, _ string) (exchange.Source, error) { return exchange.Hub("", dir) },
	"trec": func(dir, ending string) (exchange.Source, error) {
		return exchange.TREC(files(dir, ending, "documents.trec", "topics.trec", "test.qrels", "train.qrels"))
	},
	"msmarco": func(dir, ending string) (exchange.Source, error) {
		return exchange.MSMARCO(files(dir, ending, "collection.tsv", "queries.tsv", "qrels.test.tsv", "qrels.train.tsv")), nil
	},
	"tevatron": func(dir, ending string) (exchange.Source, error) {
		return exchange.Tevatron(map[string]string{
			"test": filepath.Join(dir, "test.jsonl"+ending), "train": filepath.Join(dir, "train.jsonl"+ending),
		}, filepath.Join(dir, "corpus.jsonl"+ending)), nil
	},
}

func files(dir, ending, documents, queries, test, train string) exchange.Files {
	path := func(name string) string { return filepath.Join(dir, name+ending) }
	return exchange.Files{
		Documents: []string{path(documents)}, Queries: []string{path(queries)},
		Qrels: map[string]string{"test": path(test), "train": path(train)},
	}
}

// lost changes what a format cannot keep.
var lost = map[string]func(*content){
	"trec": func(c *content) {
		c.Queries[0].Text = "what is <it>" // a topic is words
	},
	"msmarco": func(c *content) {
		c.Documents[0] = collection.Document{ID: "d1", Text: "A <b> & \"c\" tab line end ü \u2028 😀 &amp; </TEXT>"}
		c.Queries[0].Text = "what is <it>"
	},
	"tevatron": func(c *content) {
		c.Judgments["test"][0].Grade = 1
		c.Judgments["train"][0].Grade = 0
		for _, judgments := range c.Judgments {
			judgments[0], judgments[1] = judgments[1], judgments[0] // of a query, the negatives first
		}
		train := c.Judgments["train"]
		train[0], train[1] = train[1], train[0]
	},
}

func TestEachFormatIsReadBack(t *testing.T) {
	source, err := exchange.BEIR(odd(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range exchange.Formats {
		for _, ending := range []string{"", ".gz", ".zst"} {
			t.Run(format+ending, func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "out")
				written, err := exchange.Write(context.Background(), source, out, exchange.WriteOptions{Format: format, Ending: ending, Verb: "export"})
				if err != nil {
					t.Fatal(err)
				}
				counts := exchange.Counts{Documents: 3, Queries: 2, Splits: []exchange.SplitCounts{
					{Name: "test", Queries: 2, Judgments: 3, Repeated: 1}, {Name: "train", Queries: 1, Judgments: 2},
				}}
				if diff := cmp.Diff(counts, written.Counts); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if want := map[string]int64{"msmarco": 2}[format]; written.Altered != want {
					t.Errorf("want %d texts altered, got %d", want, written.Altered)
				}
				again, err := opened[format](out, ending)
				if err != nil {
					t.Fatal(err)
				}
				got, err := contentOf(again)
				want := clone(oddContent)
				if lose := lost[format]; lose != nil {
					lose(&want)
				}
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("error %v, (-want +got)\n%s", err, diff)
				}
				m, err := durable.ReadManifest(out)
				if err != nil || len(m.Inputs) != 4 || m.Counts["judgments test"] != 3 {
					t.Errorf("want a manifest of four inputs and the counts, got %+v, %v", m, err)
				}
			})
		}
	}
}

func clone(c content) content {
	judgments := map[string][]trec.Judgment{}
	for split, list := range c.Judgments {
		judgments[split] = append([]trec.Judgment(nil), list...)
	}
	return content{append([]collection.Document(nil), c.Documents...), append([]collection.Query(nil), c.Queries...), judgments}
}

func TestWriteErrorsHavePlacesAndLeaveNothing(t *testing.T) {
	good := map[string]string{
		"corpus.jsonl":   `{"_id": "d1", "text": "x"}` + "\n",
		"queries.jsonl":  `{"_id": "q1", "text": "x"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\n",
	}
	for _, c := range []struct{ file, more, want string }{
		{"corpus.jsonl", `{"_id": "d1", "text": "y"}`, `corpus.jsonl:2: document "d1" again: want each id once`},
		{"corpus.jsonl", `{"_id": "d\t2", "text": "y"}`, `corpus.jsonl:2: want a document id in UTF-8 without tab or line end, got "d\t2"`},
		{"queries.jsonl", `{"_id": "q1", "text": "y"}`, `queries.jsonl:2: query "q1" again: want each id once`},
		{"queries.jsonl", `{"_id": "q2", "text": " "}`, `queries.jsonl:2: query "q2" has no text`},
		{"qrels/test.tsv", "q1\td1\t2\n", `test.tsv:3: query "q1", document "d1": want one grade, got 2 after 1`},
		{"qrels/test.tsv", "q1\td2\tNaN\n", `test.tsv:3: want an integer as grade, got "NaN"`},
		{"qrels/test.tsv", "q\xff\td2\t1\n", `test.tsv:3: want a query id in UTF-8 without tab or line end, got "q\xff"`},
	} {
		broken := map[string]string{}
		for name, text := range good {
			broken[name] = text
		}
		broken[c.file] += c.more
		source, err := exchange.BEIR(lay(t, broken))
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range exchange.Formats {
			parent := t.TempDir()
			_, err := exchange.Write(context.Background(), source, filepath.Join(parent, "out"), exchange.WriteOptions{Format: format})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: want %s, got %v", format, c.want, err)
			}
			if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
				t.Errorf("%s: want nothing left, got %v, %v", format, left, err)
			}
		}
	}
}

func TestWriteNotesWhatIsNotThere(t *testing.T) {
	source, err := exchange.BEIR(lay(t, map[string]string{
		"corpus.jsonl":   "{\"_id\": \"d1\", \"text\": \"broken \xff UTF-8\"}\n",
		"queries.jsonl":  `{"_id": "q1", "text": "x"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t1\nq2\td2\t0\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	written, err := exchange.Write(context.Background(), source, out, exchange.WriteOptions{})
	want := []exchange.SplitCounts{{Name: "test", Queries: 2, Judgments: 3, UnknownDocuments: 2, UnknownQueries: 1}}
	if diff := cmp.Diff(want, written.Splits); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	if text, err := os.ReadFile(filepath.Join(out, "corpus.jsonl")); err != nil || !strings.Contains(string(text), "broken \uFFFD UTF-8") {
		t.Errorf("want U+FFFD for what is no UTF-8, got %q, %v", text, err)
	}
	if _, err := exchange.Write(context.Background(), source, out, exchange.WriteOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder that exists: want fs.ErrExist, got %v", err)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := exchange.Write(stopped, source, filepath.Join(t.TempDir(), "out"), exchange.WriteOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got %v", err)
	}
}
