package exchange

import (
	"os"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// beir is a folder in BEIR's layout.
type beir struct {
	*collection.Collection
	splits []string
}

// BEIR opens a folder in BEIR's layout: corpus.jsonl, queries.jsonl and
// qrels/SPLIT.tsv, each compressed or not, either of the first two missing or not.
func BEIR(dir string) (Source, error) {
	c, err := collection.Open(dir)
	if err != nil {
		return nil, err
	}
	splits, err := c.Splits()
	return beir{c, splits}, err
}

func (b beir) Splits() []string { return b.splits }

func (b beir) Documents(each func(collection.Document) error) error {
	if _, err := os.Stat(b.CorpusPath()); os.IsNotExist(err) {
		return nil
	}
	return collection.EachDocument(b.CorpusPath(), each)
}

func (b beir) Queries(each func(collection.Query) error) error {
	if _, err := os.Stat(b.QueriesPath()); os.IsNotExist(err) {
		return nil
	}
	return collection.EachQuery(b.QueriesPath(), each)
}

func (b beir) Judgments(split string, each func(trec.Judgment) error) error {
	return trec.EachJudgment(b.QrelsPath(split), each)
}

func (b beir) Files() []string {
	var files []string
	for _, path := range append([]string{b.CorpusPath(), b.QueriesPath()}, b.qrels()...) {
		if _, err := os.Stat(path); err == nil {
			files = append(files, path)
		}
	}
	return files
}

func (b beir) qrels() []string {
	var paths []string
	for _, split := range b.splits {
		paths = append(paths, b.QrelsPath(split))
	}
	return paths
}
