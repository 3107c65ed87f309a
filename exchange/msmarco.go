package exchange

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/trec"
)

// msmarco is a collection in MS MARCO's files.
type msmarco struct{ in Files }

// MSMARCO is a collection in MS MARCO's files: lines `id⇥text` of passages and
// of queries, and TREC's qrels. A line is parted at its first tab; further ones
// belong to the text.
func MSMARCO(files Files) Source { return msmarco{files} }

func (m msmarco) Documents(each func(collection.Document) error) error {
	return inTurn(m.in.Documents, eachPair, func(p pair) error {
		return each(collection.Document{ID: p.id, Text: p.text})
	})
}

func (m msmarco) Queries(each func(collection.Query) error) error {
	return inTurn(m.in.Queries, eachPair, func(p pair) error {
		return each(collection.Query{ID: p.id, Text: p.text})
	})
}

func (m msmarco) Splits() []string { return m.in.splits() }

func (m msmarco) Judgments(split string, each func(trec.Judgment) error) error {
	return m.in.judgments(split, each)
}

func (m msmarco) Files() []string { return m.in.all() }

// pair is a line of MS MARCO.
type pair struct{ id, text string }

// eachPair reads the lines `id⇥text` of a file, blank lines left out.
func eachPair(path string, each func(pair) error) error {
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
		id, text, parted := bytes.Cut(line, []byte("\t"))
		id = bytes.TrimSpace(id)
		var err error
		switch {
		case !parted:
			err = fmt.Errorf(`want "id\ttext", got %.60q`, line)
		case len(id) == 0:
			err = errors.New("want an id before the tab, got none")
		default:
			err = each(pair{string(id), string(text)})
		}
		if err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}
