package trec

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Columns of a run's line.
const (
	trecColumns    = 6 // query Q0 document rank score tag
	msmarcoColumns = 3 // query document rank
)

// parseRank reads a rank from 1 and returns the score that it stands for, minus the rank.
func parseRank(text string) (float64, error) {
	rank, err := strconv.Atoi(text)
	if err != nil || rank < 1 {
		return 0, fmt.Errorf("want a rank from 1, got %q", text)
	}
	return -float64(rank), nil
}

// WriteMSMARCO writes the run in MS MARCO's three columns, `query document
// rank`, parted by tabs: queries sorted, ranks from 1 in the rankings' order.
// Scores and the tag are lost. An id with white space is an error.
func (r Run) WriteMSMARCO(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<18)
	for _, query := range r.QueryIDs() {
		if err := oneWord("run", "query id", query); err != nil {
			return err
		}
		for i, doc := range r.Rankings[query] {
			if err := oneWord("run", "document id", doc.DocID); err != nil {
				return fmt.Errorf("query %q: %w", query, err)
			}
			if _, err := fmt.Fprintf(out, "%s\t%s\t%d\n", query, doc.DocID, i+1); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
