package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/parquetfile"
	"github.com/gradus-ir/gradus/trec"
)

// repository is a data set in the hub's layout: files of parquet, JSON lines or TSV.
type repository struct {
	corpus  []string
	queries []string
	qrels   map[string][]string // by split
}

// Hub opens a data set in the hub's layout, as BEIR's and MTEB's are there, in
// one folder or, where the qrels have a repository of their own, several. What
// README.md's configs say are the files of `corpus`, `queries` and `qrels` (or
// `default`) is taken; config other than "" is the prefix of their names, as in
// `android-corpus`. Without configs the usual names are looked for. The columns
// are _id or id, title, text; query-id, corpus-id, score.
func Hub(config string, dirs ...string) (Source, error) {
	h := repository{qrels: map[string][]string{}}
	for _, dir := range dirs {
		files, err := datasetFiles(dir, config)
		if err != nil {
			return nil, err
		}
		h.corpus = append(h.corpus, files.corpus...)
		h.queries = append(h.queries, files.queries...)
		for split, paths := range files.qrels {
			h.qrels[split] = append(h.qrels[split], paths...)
		}
	}
	if len(h.corpus)+len(h.queries)+len(h.qrels) == 0 {
		return nil, fmt.Errorf("%s: want a data set of the hub with a corpus, queries or qrels, found none", strings.Join(dirs, ", "))
	}
	for _, path := range h.Files() {
		if formatOf(path) == "" {
			return nil, fmt.Errorf("%s: want parquet, jsonl or tsv", path)
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// formatOf tells a file's format by its name, "" where it is another.
func formatOf(path string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
	switch ending := filepath.Ext(name); ending {
	case ".parquet", ".jsonl", ".tsv":
		return ending
	}
	return ""
}

var idColumn = parquetfile.Column{Names: []string{"_id", "id"}}

func (h repository) Documents(each func(collection.Document) error) error {
	columns := []parquetfile.Column{idColumn, {Names: []string{"title"}, Optional: true}, {Names: []string{"text"}}}
	return inTurn(h.corpus, func(path string, each func(collection.Document) error) error {
		if formatOf(path) != ".parquet" {
			return collection.EachDocument(path, each)
		}
		return parquetfile.Read(path, columns, func(row []string) error {
			return each(collection.Document{ID: row[0], Title: row[1], Text: row[2]})
		})
	}, each)
}

func (h repository) Queries(each func(collection.Query) error) error {
	columns := []parquetfile.Column{idColumn, {Names: []string{"text"}}}
	return inTurn(h.queries, func(path string, each func(collection.Query) error) error {
		if formatOf(path) != ".parquet" {
			return collection.EachQuery(path, each)
		}
		return parquetfile.Read(path, columns, func(row []string) error {
			return each(collection.Query{ID: row[0], Text: row[1]})
		})
	}, each)
}

func (h repository) Splits() []string { return slices.Sorted(maps.Keys(h.qrels)) }

func (h repository) Judgments(split string, each func(trec.Judgment) error) error {
	return inTurn(h.qrels[split], eachHubJudgment, each)
}

func eachHubJudgment(path string, each func(trec.Judgment) error) error {
	switch formatOf(path) {
	case ".parquet":
		return parquetfile.Read(path, qrelsColumns, func(row []string) error {
			return judge(row[0], row[1], row[2], each)
		})
	case ".jsonl":
		return eachObject(path, func(line qrelsLine) error {
			query, err := collection.ParseID(line.QueryID)
			doc, failed := collection.ParseID(line.DocID)
			grade, broken := collection.ParseID(line.Score)
			if err := errors.Join(err, failed, broken); err != nil {
				return err
			}
			return judge(query, doc, grade, each)
		})
	}
	return trec.EachJudgment(path, each)
}

// qrelsLine is a line of MTEB's qrels. Ids may be numbers; the score has a fraction of 0.
type qrelsLine struct {
	QueryID json.RawMessage `json:"query-id"`
	DocID   json.RawMessage `json:"corpus-id"`
	Score   json.RawMessage `json:"score"`
}

var qrelsColumns = []parquetfile.Column{{Names: []string{"query-id"}}, {Names: []string{"corpus-id"}}, {Names: []string{"score"}}}

func judge(query, doc, grade string, each func(trec.Judgment) error) error {
	j := trec.Judgment{QueryID: query, DocID: doc}
	var err error
	if j.Grade, err = trec.ParseGrade(grade); err != nil {
		return err
	}
	return each(j)
}

func (h repository) Files() []string {
	files := slices.Concat(h.corpus, h.queries)
	for _, split := range h.Splits() {
		files = append(files, h.qrels[split]...)
	}
	return files
}
