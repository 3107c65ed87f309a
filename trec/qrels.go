// Package trec reads and writes what retrieval is measured on: qrels, the
// grades people gave, and runs, the documents a system ranked.
package trec

import (
	"fmt"
	"io"
	"iter"
)

// Qrels are the grades of judged documents: query id → document id → grade.
// Grades above 0 are relevant; some collections use negative ones for spam.
type Qrels map[string]map[string]int

// Judgment is one line of qrels.
type Judgment struct {
	QueryID string
	DocID   string
	Grade   int
}

// Check is a condition on each judgment; its error is reported with file and line.
type Check func(Judgment) error

// GradesBetween refuses a grade below low or above high.
func GradesBetween(low, high int) Check {
	return func(j Judgment) error {
		if j.Grade < low || j.Grade > high {
			return fmt.Errorf("want a grade from %d to %d, got %d", low, high, j.Grade)
		}
		return nil
	}
}

// KnownDocuments refuses a document that is not among ids.
func KnownDocuments(ids map[string]struct{}) Check {
	return func(j Judgment) error {
		if _, ok := ids[j.DocID]; !ok {
			return fmt.Errorf("document %q (query %q) is not in the corpus", j.DocID, j.QueryID)
		}
		return nil
	}
}

// KnownQueries refuses a query that is not among ids.
func KnownQueries(ids map[string]struct{}) Check {
	return func(j Judgment) error {
		if _, ok := ids[j.QueryID]; !ok {
			return fmt.Errorf("query %q is not among the queries", j.QueryID)
		}
		return nil
	}
}

// ReadQrels reads a qrels file whole. Two lines that give one document two
// grades for a query are an error; the same line twice is not.
func ReadQrels(path string, checks ...Check) (Qrels, error) {
	qrels := make(Qrels)
	docs := make(interned)
	var queryID string // of the line before: lines of a query mostly stand together
	var grades map[string]int
	err := scanQrels(path, func(l qrelsLine) error {
		if grades == nil || queryID != string(l.query) {
			queryID = string(l.query)
			if grades = qrels[queryID]; grades == nil {
				grades = make(map[string]int)
				qrels[queryID] = grades
			}
		}
		docID := docs.of(l.doc)
		if before, twice := grades[docID]; twice && before != l.grade {
			return fmt.Errorf("query %q, document %q: want one grade, got %d after %d", queryID, docID, l.grade, before)
		}
		grades[docID] = l.grade
		return l.check(checks)
	})
	if err != nil {
		return nil, err
	}
	return qrels, nil
}

// Judgments streams a qrels file in its order, for files too large to hold.
// The first error, with file and line, ends the sequence.
func Judgments(path string, checks ...Check) iter.Seq2[Judgment, error] {
	return func(yield func(Judgment, error) bool) {
		err := scanQrels(path, func(l qrelsLine) error {
			if err := l.check(checks); err != nil {
				return err
			}
			if !yield(l.judgment(), nil) {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(Judgment{}, err)
		}
	}
}

// EachJudgment calls each with the lines of a qrels file in their order. An
// error of each ends the reading and is returned with file and line.
func EachJudgment(path string, each func(Judgment) error) error {
	return scanQrels(path, func(l qrelsLine) error { return each(l.judgment()) })
}

// Write writes the judgment as a line of TREC's four columns, `query 0 document
// grade`. An id with white space, which they cannot hold, is an error.
func (j Judgment) Write(w io.Writer) error {
	if err := oneWord("qrels file", "query id", j.QueryID); err != nil {
		return err
	}
	if err := oneWord("qrels file", "document id", j.DocID); err != nil {
		return fmt.Errorf("query %q: %w", j.QueryID, err)
	}
	_, err := fmt.Fprintf(w, "%s 0 %s %d\n", j.QueryID, j.DocID, j.Grade)
	return err
}
