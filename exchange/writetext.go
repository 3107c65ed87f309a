package exchange

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

func writeBEIR(out string, r *reading, ending string, finish func(dir string) error) error {
	return collection.WriteCompressed(out, ending, func(w *collection.Writer) error {
		if err := r.documents(w.Document); err != nil {
			return err
		}
		if err := r.queries(w.Query); err != nil {
			return err
		}
		err := r.eachSplit(func(split string) error {
			return r.judgments(split, func(j trec.Judgment) error { return w.Grade(split, j.QueryID, j.DocID, j.Grade) })
		})
		if err != nil {
			return err
		}
		return finish(w.Dir())
	})
}

// writeTREC writes documents.trec, topics.trec and SPLIT.qrels.
func writeTREC(dir string, r *reading, ending string) error {
	err := writeFile(dir, "documents.trec"+ending, func(w *bufio.Writer) error {
		return r.documents(func(d collection.Document) error { return trec.Document(d).Write(w) })
	})
	if err != nil {
		return err
	}
	err = writeFile(dir, "topics.trec"+ending, func(w *bufio.Writer) error {
		return r.queries(func(q collection.Query) error { return trec.Topic{ID: q.ID, Title: q.Text}.Write(w) })
	})
	if err != nil {
		return err
	}
	return r.eachSplit(func(split string) error {
		return writeFile(dir, split+".qrels"+ending, func(w *bufio.Writer) error {
			return r.judgments(split, func(j trec.Judgment) error { return j.Write(w) })
		})
	})
}

// writeMSMARCO writes collection.tsv, queries.tsv and qrels.SPLIT.tsv. A
// passage is title and text in one.
func writeMSMARCO(dir string, r *reading, ending string) error {
	pairTo := func(w *bufio.Writer) func(id, text string) error {
		return func(id, text string) error {
			line := oneLine.Replace(text)
			if line != text {
				r.altered++
			}
			_, err := fmt.Fprintf(w, "%s\t%s\n", id, line)
			return err
		}
	}
	err := writeFile(dir, "collection.tsv"+ending, func(w *bufio.Writer) error {
		write := pairTo(w)
		return r.documents(func(d collection.Document) error { return write(d.ID, d.Content()) })
	})
	if err != nil {
		return err
	}
	err = writeFile(dir, "queries.tsv"+ending, func(w *bufio.Writer) error {
		write := pairTo(w)
		return r.queries(func(q collection.Query) error { return write(q.ID, q.Text) })
	})
	if err != nil {
		return err
	}
	return r.eachSplit(func(split string) error {
		return writeFile(dir, "qrels."+split+".tsv"+ending, func(w *bufio.Writer) error {
			return r.judgments(split, func(j trec.Judgment) error { return j.Write(w) })
		})
	})
}

var oneLine = strings.NewReplacer("\r\n", " ", "\t", " ", "\n", " ", "\r", " ")
