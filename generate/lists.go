package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/trec"
)

// ListOptions say which graded lists become a collection, and where.
type ListOptions struct {
	Out   string // a new folder
	Split string // of the qrels read and written
	// Paths are what to import, each one of
	//   - a folder with corpus.jsonl and qrels/SPLIT.tsv, as a generator's of
	//     the published SyCL data (hf.co/datasets/BatsResearch/sycl has one a
	//     generator, for the queries of mteb/msmarco);
	//   - a JSONL file of {"query": …, "documents": [{"text": …, "grade": …}]},
	//     where "query_id", and "id" and "title" of a document, may be added.
	// Of several each has its documents' IDs begin with its name and a slash.
	Paths []string
	// Queries is the queries.jsonl of the folders that have none themselves.
	Queries string
}

// ListSummary is what was imported.
type ListSummary struct {
	Queries   int64         `json:"queries"`
	Documents int64         `json:"documents"`
	Grades    map[int]int64 `json:"grades"` // lines of the qrels, by grade
}

// ImportLists makes a collection of graded lists that were written elsewhere.
// Queries that several of them have are taken once, with all their documents.
func ImportLists(opts ListOptions) (ListSummary, error) {
	summary := ListSummary{Grades: map[int]int64{}}
	err := collection.Write(opts.Out, func(w *collection.Writer) error {
		in := importer{opts: opts, w: w, summary: &summary, queries: map[string]string{}}
		for _, path := range opts.Paths {
			if err := in.path(path); err != nil {
				return err
			}
		}
		if summary.Documents == 0 {
			return fmt.Errorf("%s: want graded lists, found none", strings.Join(opts.Paths, ", "))
		}
		return durable.WriteManifest(w.Dir(), durable.Manifest{
			Verb: "generate", Options: map[string]any{"imported": opts.Paths, "split": opts.Split}, Inputs: in.inputs,
			Counts: map[string]int64{"queries": summary.Queries, "documents": summary.Documents},
		})
	})
	return summary, err
}

// importer puts lists into one collection.
type importer struct {
	opts    ListOptions
	w       *collection.Writer
	summary *ListSummary
	inputs  []durable.Input
	queries map[string]string // written ones: their texts by ID
}

func (in *importer) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	prefix := ""
	if len(in.opts.Paths) > 1 {
		prefix = strings.TrimSuffix(filepath.Base(path), ".jsonl") + "/"
	}
	if info.IsDir() {
		return in.folder(&collection.Collection{Dir: path}, prefix)
	}
	return in.file(path, prefix)
}

// folder imports what the qrels of a collection judge.
func (in *importer) folder(c *collection.Collection, prefix string) error {
	if err := c.CheckSplit(in.opts.Split); err != nil {
		return err
	}
	documents, err := c.DocumentIDs()
	if err != nil {
		return err
	}
	queriesPath := c.QueriesPath()
	if _, err := os.Stat(queriesPath); err != nil && in.opts.Queries != "" {
		queriesPath = in.opts.Queries
	}
	if err := in.hash(c.CorpusPath(), queriesPath, c.QrelsPath(in.opts.Split)); err != nil {
		return err
	}
	judged, asked := map[string]bool{}, map[string]bool{}
	for j, err := range trec.Judgments(c.QrelsPath(in.opts.Split), trec.KnownDocuments(documents)) {
		if err != nil {
			return err
		}
		judged[j.DocID], asked[j.QueryID] = true, true
		if err := in.grade(j.QueryID, prefix+j.DocID, j.Grade); err != nil {
			return err
		}
	}
	for query, err := range collection.ReadQueries(queriesPath) {
		if err != nil {
			return err
		}
		if asked[query.ID] {
			delete(asked, query.ID)
			if err := in.query(query); err != nil {
				return fmt.Errorf("%s: %w", queriesPath, err)
			}
		}
	}
	if len(asked) > 0 {
		return fmt.Errorf("%s: want the queries of %s, found no %q, and lack %d in all",
			queriesPath, c.QrelsPath(in.opts.Split), slices.Min(slices.Collect(maps.Keys(asked))), len(asked))
	}
	for document, err := range c.Documents() {
		if err != nil {
			return err
		}
		if judged[document.ID] {
			document.ID = prefix + document.ID
			if err := in.document(document); err != nil {
				return err
			}
		}
	}
	return nil
}

// gradedList is a line of a file of lists.
type gradedList struct {
	ID        string `json:"query_id"`
	Query     string `json:"query"`
	Documents []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Text  string `json:"text"`
		Grade *int   `json:"grade"`
	} `json:"documents"`
}

// file imports lists, one a line. IDs that are missing are made of the line's number.
func (in *importer) file(path, prefix string) error {
	if err := in.hash(path); err != nil {
		return err
	}
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var list gradedList
		if err := json.Unmarshal(lines.Bytes(), &list); err != nil || len(list.Documents) == 0 {
			return lines.Errorf(`want {"query": …, "documents": [{"text": …, "grade": …}]}, got %.80q`, lines.Bytes())
		}
		if list.ID == "" {
			list.ID = fmt.Sprint(lines.Line())
		}
		if err := in.list(list, prefix); err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

func (in *importer) list(list gradedList, prefix string) error {
	if err := in.query(collection.Query{ID: list.ID, Text: list.Query}); err != nil {
		return err
	}
	for i, d := range list.Documents {
		if d.Grade == nil || strings.TrimSpace(d.Text) == "" {
			return fmt.Errorf(`document %d of query %q: want "text" and "grade", a whole number`, i+1, list.ID)
		}
		if d.ID == "" {
			d.ID = fmt.Sprintf("%s-%d", list.ID, i+1)
		}
		if err := in.document(collection.Document{ID: prefix + d.ID, Title: d.Title, Text: d.Text}); err != nil {
			return err
		}
		if err := in.grade(list.ID, prefix+d.ID, *d.Grade); err != nil {
			return err
		}
	}
	return nil
}

// query writes it once; another text under its ID is an error.
func (in *importer) query(query collection.Query) error {
	if text, known := in.queries[query.ID]; known {
		if text != query.Text {
			return fmt.Errorf("query %q: want one text, got %q after %q", query.ID, query.Text, text)
		}
		return nil
	}
	in.queries[query.ID] = query.Text
	in.summary.Queries++
	return in.w.Query(query)
}

func (in *importer) document(document collection.Document) error {
	in.summary.Documents++
	return in.w.Document(document)
}

func (in *importer) grade(queryID, docID string, grade int) error {
	in.summary.Grades[grade]++
	return in.w.Grade(in.opts.Split, queryID, docID, grade)
}

func (in *importer) hash(paths ...string) error {
	for _, path := range paths {
		if slices.ContainsFunc(in.inputs, func(known durable.Input) bool { return known.Path == path }) {
			continue
		}
		sum, err := durable.HashFile(path)
		if err != nil {
			return err
		}
		in.inputs = append(in.inputs, durable.Input{Path: path, SHA256: sum})
	}
	return nil
}
