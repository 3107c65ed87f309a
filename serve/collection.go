package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// Collection is a collection opened to be searched: ids, queries and qrels are
// held, the documents' texts lie in a temporary file. It is safe for
// concurrent use until Close.
type Collection struct {
	Name string // for people; no path

	documents *documents
	places    map[string]int     // document → place in the corpus
	queries   []collection.Query // in the file's order
	texts     map[string]string  // query → text
	splits    []string           // sorted
	qrels     map[string]trec.Qrels
}

// OpenCollection reads a collection in BEIR's layout. One without documents,
// queries or qrels is no error. A document or query id that comes twice is.
func OpenCollection(ctx context.Context, name string, from *collection.Collection) (*Collection, error) {
	store, err := newDocuments()
	if err != nil {
		return nil, err
	}
	c := &Collection{
		Name: name, documents: store, places: make(map[string]int),
		texts: make(map[string]string), qrels: make(map[string]trec.Qrels),
	}
	if err := c.read(ctx, from); err != nil {
		store.close()
		return nil, err
	}
	return c, nil
}

func (c *Collection) read(ctx context.Context, from *collection.Collection) error {
	for document, err := range present(from.CorpusPath(), from.Documents()) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if _, twice := c.places[document.ID]; twice {
			return fmt.Errorf("document %q: want each id once, got it twice", document.ID)
		}
		c.places[document.ID] = c.documents.len()
		if err := c.documents.append(document); err != nil {
			return err
		}
	}
	if err := c.documents.flush(); err != nil {
		return err
	}
	for query, err := range present(from.QueriesPath(), from.Queries()) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if _, twice := c.texts[query.ID]; twice {
			return fmt.Errorf("query %q: want each id once, got it twice", query.ID)
		}
		c.texts[query.ID] = query.Text
		c.queries = append(c.queries, query)
	}
	splits, err := from.Splits()
	if err != nil {
		return err
	}
	c.splits = splits
	for _, split := range splits {
		if c.qrels[split], err = trec.ReadQrels(from.QrelsPath(split)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Close removes the temporary file.
func (c *Collection) Close() error { return c.documents.close() }

// Len is the number of documents.
func (c *Collection) Len() int { return c.documents.len() }

// find is a document's place in the corpus.
func (c *Collection) find(id string) (place int, ok bool) {
	place, ok = c.places[id]
	return place, ok
}

// document reads a document; ok is false where there is none of this id.
func (c *Collection) document(id string) (d collection.Document, ok bool, err error) {
	place, ok := c.find(id)
	if !ok {
		return d, false, nil
	}
	d, err = c.documents.read(place)
	d.ID = id
	return d, true, err
}

// grades are those of a split, or an error that names the splits there are.
func (c *Collection) grades(split, param string) (trec.Qrels, error) {
	if grades, ok := c.qrels[split]; ok {
		return grades, nil
	}
	return nil, notFound("split_not_found", param, "no split %q here; there is %s", split, listOf(c.splits))
}

// judged are the documents that a split grades, for any query.
func (c *Collection) judged(split, param string) (map[string]bool, error) {
	qrels, err := c.grades(split, param)
	if err != nil {
		return nil, err
	}
	judged := make(map[string]bool)
	for _, grades := range qrels {
		for id := range grades {
			judged[id] = true
		}
	}
	return judged, nil
}

// grade is a document that a split grades for a query.
type grade struct {
	docID string
	grade int
}

// graded are a query's, best first, ties by document id.
func graded(qrels trec.Qrels, queryID string) []grade {
	var list []grade
	for id, g := range qrels[queryID] {
		list = append(list, grade{id, g})
	}
	slices.SortFunc(list, func(a, b grade) int {
		return trec.Compare(trec.Scored{DocID: b.docID, Score: float64(a.grade)}, trec.Scored{DocID: a.docID, Score: float64(b.grade)})
	})
	return list
}

// present are a file's records, none where there is no such file.
func present[T any](path string, records iter.Seq2[T, error]) iter.Seq2[T, error] {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return func(func(T, error) bool) {}
	}
	return records
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
