// Package collection reads and writes collections: documents and queries in
// BEIR's layout, streamed, so that a collection larger than memory is no
// matter.
//
//	DIR/corpus.jsonl       {"_id": …, "title": …, "text": …}
//	DIR/queries.jsonl      {"_id": …, "text": …}
//	DIR/qrels/SPLIT.tsv    query-id, corpus-id, score; package trec reads them
//
// Each file may be compressed: corpus.jsonl.gz, corpus.jsonl.zst.
// Source: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset.
package collection

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// Document is a text that can be retrieved.
type Document struct {
	ID    string
	Title string // may be empty
	Text  string
}

// Content is what an encoder or a lexical index reads: the title, a space, and the text, trimmed.
func (d Document) Content() string {
	return strings.TrimSpace(d.Title + " " + d.Text)
}

// Query is what a person asks.
type Query struct {
	ID   string
	Text string
}

// Collection is a folder in BEIR's layout.
type Collection struct {
	Dir string
}

const (
	corpusFile  = "corpus.jsonl"
	queriesFile = "queries.jsonl"
	qrelsFolder = "qrels"
	qrelsSuffix = ".tsv"
)

// Open looks at the folder and reads nothing yet. It wants a corpus or queries there.
func Open(dir string) (*Collection, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("collection: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("collection %s: want a folder with %s and %s, got a file", dir, corpusFile, queriesFile)
	}
	c := &Collection{Dir: dir}
	for _, name := range []string{corpusFile, queriesFile} {
		if _, err := os.Stat(c.file(name)); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("collection %s: want %s or %s in it (BEIR layout), found neither", dir, corpusFile, queriesFile)
}

// Documents streams the corpus in file order. The first error, with file and line, ends the sequence.
func (c *Collection) Documents() iter.Seq2[Document, error] {
	return ReadDocuments(c.CorpusPath())
}

// Queries streams the queries in file order. The first error, with file and line, ends the sequence.
func (c *Collection) Queries() iter.Seq2[Query, error] {
	return ReadQueries(c.QueriesPath())
}

// CorpusPath is the file the documents are in.
func (c *Collection) CorpusPath() string { return c.file(corpusFile) }

// QueriesPath is the file the queries are in.
func (c *Collection) QueriesPath() string { return c.file(queriesFile) }

// QrelsPath is the qrels file of a split, whether it exists or not; see CheckSplit.
func (c *Collection) QrelsPath(split string) string {
	return c.file(filepath.Join(qrelsFolder, split+qrelsSuffix))
}

// CheckSplit is nil if the split has qrels, else an error that names the splits there are.
func (c *Collection) CheckSplit(split string) error {
	_, err := os.Stat(c.QrelsPath(split))
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	have := "none"
	if splits, err := c.Splits(); err == nil && len(splits) > 0 {
		have = strings.Join(splits, ", ")
	}
	return fmt.Errorf("%s: no such split; %s has %s", c.QrelsPath(split), c.Dir, have)
}

// Splits are the names of the qrels files, sorted; none when the folder has no qrels.
func (c *Collection) Splits() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(c.Dir, qrelsFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var splits []string
	for _, entry := range entries {
		for _, ending := range textfile.Endings {
			if name, ok := strings.CutSuffix(entry.Name(), qrelsSuffix+ending); ok && !entry.IsDir() {
				splits = append(splits, name)
				break
			}
		}
	}
	slices.Sort(splits)
	return slices.Compact(splits), nil
}

// file is the path of one of the collection's files under the first ending that exists.
func (c *Collection) file(name string) string {
	plain := filepath.Join(c.Dir, name)
	for _, ending := range textfile.Endings {
		if _, err := os.Stat(plain + ending); err == nil {
			return plain + ending
		}
	}
	return plain
}
