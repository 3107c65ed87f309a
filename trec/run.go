package trec

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Scored is a document in a ranking.
type Scored struct {
	DocID string
	Score float64
}

// Compare orders a ranking as trec_eval does: score descending, ties by
// document id descending, both bytewise. The rank column of a file has no say.
// Source: trec_eval 9.0.8, form_res_rels.c, comp_sim_docno.
func Compare(a, b Scored) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return strings.Compare(b.DocID, a.DocID)
}

// Run is what a system returned: a ranking for each query.
type Run struct {
	Tag      string              // names the system
	Rankings map[string][]Scored // query id → documents, in the order of Compare
}

// QueryIDs are the run's queries, sorted.
func (r Run) QueryIDs() []string {
	return slices.Sorted(maps.Keys(r.Rankings))
}

// Sort puts every ranking in the order of Compare.
func (r Run) Sort() {
	for _, ranking := range r.Rankings {
		slices.SortFunc(ranking, Compare)
	}
}

// Write writes the run in TREC's six columns, `query Q0 document rank score
// tag`, queries sorted, ranks from 1. Scores have the fewest digits that tell
// them apart: those of float32 where a ranking came from float32. Read again,
// the run has the same order and the same ties. What the format cannot hold,
// white space in an id or a score that is not finite, is an error.
func (r Run) Write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<18)
	tag := r.Tag
	if tag == "" {
		tag = "gradus"
	}
	if err := oneWord("run", "tag", tag); err != nil {
		return err
	}
	var line []byte
	for _, query := range r.QueryIDs() {
		if err := oneWord("run", "query id", query); err != nil {
			return err
		}
		bits := precision(r.Rankings[query])
		for i, doc := range r.Rankings[query] {
			if err := oneWord("run", "document id", doc.DocID); err != nil {
				return fmt.Errorf("query %q: %w", query, err)
			}
			if math.IsNaN(doc.Score) || math.IsInf(doc.Score, 0) {
				return fmt.Errorf("query %q, document %q: want a finite score, got %v", query, doc.DocID, doc.Score)
			}
			line = append(line[:0], query...)
			line = append(line, " Q0 "...)
			line = append(line, doc.DocID...)
			line = append(line, ' ')
			line = strconv.AppendInt(line, int64(i+1), 10)
			line = append(line, ' ')
			line = strconv.AppendFloat(line, doc.Score, 'g', -1, bits)
			line = append(line, ' ')
			line = append(line, tag...)
			line = append(line, '\n')
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// precision is 32 when every score of the ranking is a float32, else 64. It is
// one for the whole ranking: mixed, rounding could turn two scores round.
func precision(ranking []Scored) int {
	for _, doc := range ranking {
		if float64(float32(doc.Score)) != doc.Score {
			return 64
		}
	}
	return 32
}

// oneWord refuses what would be no or several columns of a file.
func oneWord(file, what, s string) error {
	if s == "" || strings.ContainsAny(s, " \t\n\v\f\r") {
		return fmt.Errorf("a TREC %s wants a %s without white space, got %q", file, what, s)
	}
	return nil
}
