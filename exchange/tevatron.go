package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/trec"
)

// tevatron is training data in Tevatron's layout.
type tevatron struct {
	corpus []string
	splits map[string]string
}

// Tevatron is a collection in Tevatron's JSON lines: for each split a file of
// queries with their positive_passages, of grade 1, and negative_passages, of
// grade 0. The documents are those passages, and those of the files corpus,
// lines of docid, title and text. One docid with two texts is an error.
func Tevatron(splits map[string]string, corpus ...string) Source {
	return tevatron{corpus, splits}
}

// tevatronLine is a query with its passages. Ids may be numbers.
type tevatronLine struct {
	QueryID   json.RawMessage   `json:"query_id"`
	Query     string            `json:"query"`
	Positives []tevatronPassage `json:"positive_passages"`
	Negatives []tevatronPassage `json:"negative_passages"`
}

type tevatronPassage struct {
	DocID json.RawMessage `json:"docid"`
	Title string          `json:"title"`
	Text  string          `json:"text"`
}

func (t tevatron) Documents(each func(collection.Document) error) error {
	seed := maphash.MakeSeed()
	seen := map[string]uint64{} // the hash of what the document says
	once := func(p tevatronPassage) error {
		id, err := collection.ParseID(p.DocID)
		if err != nil {
			return fmt.Errorf(`"docid": %w`, err)
		}
		says := maphash.String(seed, p.Title+"\x00"+p.Text)
		if before, twice := seen[id]; twice {
			if before != says {
				return fmt.Errorf("document %q: want one text, got another than before", id)
			}
			return nil
		}
		seen[id] = says
		return each(collection.Document{ID: id, Title: p.Title, Text: p.Text})
	}
	if err := inTurn(t.corpus, eachObject, once); err != nil {
		return err
	}
	return inTurn(t.paths(), eachObject, func(line tevatronLine) error {
		for _, passage := range slices.Concat(line.Positives, line.Negatives) {
			if err := once(passage); err != nil {
				return err
			}
		}
		return nil
	})
}

// Queries yields each query once: splits may share some, with one text.
func (t tevatron) Queries(each func(collection.Query) error) error {
	seen := map[string]string{}
	return inTurn(t.paths(), eachObject, func(line tevatronLine) error {
		id, err := collection.ParseID(line.QueryID)
		switch before, twice := seen[id]; {
		case err != nil:
			return fmt.Errorf(`"query_id": %w`, err)
		case twice && before != line.Query:
			return fmt.Errorf("query %q: want one text, got another than before", id)
		case twice:
			return nil
		}
		seen[id] = line.Query
		return each(collection.Query{ID: id, Text: line.Query})
	})
}

func (t tevatron) Splits() []string { return slices.Sorted(maps.Keys(t.splits)) }

func (t tevatron) Judgments(split string, each func(trec.Judgment) error) error {
	return eachObject(t.splits[split], func(line tevatronLine) error {
		query, err := collection.ParseID(line.QueryID)
		if err != nil {
			return fmt.Errorf(`"query_id": %w`, err)
		}
		for i, passages := range [][]tevatronPassage{line.Negatives, line.Positives} {
			for _, passage := range passages {
				doc, err := collection.ParseID(passage.DocID)
				if err != nil {
					return fmt.Errorf(`"docid": %w`, err)
				}
				if err := each(trec.Judgment{QueryID: query, DocID: doc, Grade: i}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (t tevatron) Files() []string { return append(slices.Clone(t.corpus), t.paths()...) }

func (t tevatron) paths() []string {
	var paths []string
	for _, split := range t.Splits() {
		paths = append(paths, t.splits[split])
	}
	return paths
}

// eachObject reads a file of JSON objects, one a line, blank lines left out.
func eachObject[T any](path string, each func(T) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	for lines.Scan() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			return lines.Errorf("%w", explain(err, line))
		}
		if err := each(one); err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

// explain says what is wrong with a line in the words of the format.
func explain(err error, line []byte) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return fmt.Errorf("want %q as a %s, got a JSON %s", kind.Field, kind.Type, kind.Value)
	}
	return fmt.Errorf("want one JSON object a line, got %.60q (%w)", line, err)
}
