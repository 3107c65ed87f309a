// Package trec reads and writes what retrieval is measured on: qrels, the
// grades people gave, and runs, the documents a system ranked.
package trec

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"

	"github.com/gradus-ir/gradus/internal/textfile"
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

// errStop ends a scan that the caller has seen enough of.
var errStop = fmt.Errorf("stop")

// qrelsLine is a line taken apart, its parts valid until the next one.
type qrelsLine struct {
	query, doc []byte
	grade      int
}

func (l qrelsLine) judgment() Judgment {
	return Judgment{QueryID: string(l.query), DocID: string(l.doc), Grade: l.grade}
}

func (l qrelsLine) check(checks []Check) error {
	if len(checks) == 0 {
		return nil
	}
	j := l.judgment()
	for _, check := range checks {
		if err := check(j); err != nil {
			return err
		}
	}
	return nil
}

// scanQrels calls each with every line, in either layout:
//   - TREC: `query iter document grade`, split at white space, lines that begin with # left out
//   - BEIR: `query-id⇥corpus-id⇥score`, split at tabs, told by its header
func scanQrels(path string, each func(qrelsLine) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	beir, first := false, true
	for lines.Scan() {
		line := lines.Bytes()
		if !beir && skipped(line) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if first {
			first = false
			if beir = isHeader(line); beir {
				continue
			}
		}
		l, err := parseQrels(line, beir)
		if err == nil {
			err = each(l)
		}
		if err == errStop {
			return err
		}
		if err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

// isHeader tells BEIR's header from its lines: three columns, the third no number.
func isHeader(line []byte) bool {
	columns := bytes.Split(line, []byte("\t"))
	if len(columns) != 3 {
		return false
	}
	_, err := strconv.ParseFloat(string(bytes.TrimSpace(columns[2])), 64)
	return err != nil
}

func parseQrels(line []byte, beir bool) (qrelsLine, error) {
	var grade []byte
	var l qrelsLine
	if beir {
		columns := bytes.Split(line, []byte("\t"))
		if len(columns) != 3 {
			return l, fmt.Errorf(`want 3 tab-separated fields "query-id corpus-id score", got %d`, len(columns))
		}
		l.query, l.doc, grade = bytes.TrimSpace(columns[0]), bytes.TrimSpace(columns[1]), bytes.TrimSpace(columns[2])
		if len(l.query) == 0 || len(l.doc) == 0 {
			return l, fmt.Errorf("want ids that are not empty, got %q", line)
		}
	} else {
		var columns [5][]byte
		n := fields(line, columns[:])
		if n == 3 {
			return l, fmt.Errorf(`want 4 fields "query iter doc grade", got 3; BEIR qrels need their header "query-id\tcorpus-id\tscore"`)
		}
		if n != 4 {
			return l, fmt.Errorf(`want 4 fields "query iter doc grade", got %s`, count(n, len(columns)))
		}
		l.query, l.doc, grade = columns[0], columns[2], columns[3]
	}
	value, err := strconv.Atoi(string(grade))
	if err != nil {
		return l, fmt.Errorf("want an integer as grade, got %q", grade)
	}
	l.grade = value
	return l, nil
}
