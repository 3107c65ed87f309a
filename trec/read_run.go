package trec

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// ReadRun reads a run in TREC's six columns, `query Q0 document rank score
// tag`, and sorts it: the rank column and the order of lines are ignored, as
// trec_eval does, and so are what follows the tag, blank lines and those that begin with #. A score
// that is not a finite number, or a document twice for a query, is an error
// with file and line. Tag is that of the last line.
func ReadRun(path string) (Run, error) {
	lines, err := textfile.Open(path)
	if err != nil {
		return Run{}, err
	}
	defer lines.Close()
	rankings := make(map[string]*unsorted)
	docs := make(interned)
	var tag string
	var queryID string // of the line before: lines of a query mostly stand together
	var ranking *unsorted
	for lines.Scan() {
		line := lines.Bytes()
		if skipped(line) {
			continue
		}
		var columns [6][]byte
		if n := fields(line, columns[:]); n < len(columns) {
			return Run{}, lines.Errorf(`want 6 fields "query Q0 doc rank score tag", got %d`, n)
		}
		score, err := parseScore(columns[4])
		if err != nil {
			return Run{}, lines.Errorf("%w", err)
		}
		if ranking == nil || queryID != string(columns[0]) {
			queryID = string(columns[0])
			if ranking = rankings[queryID]; ranking == nil {
				ranking = new(unsorted)
				rankings[queryID] = ranking
			}
		}
		if tag != string(columns[5]) {
			tag = string(columns[5])
		}
		ranking.docs = append(ranking.docs, Scored{docs.of(columns[2]), score})
		ranking.lines = append(ranking.lines, lines.Line())
	}
	if err := lines.Err(); err != nil {
		return Run{}, err
	}
	run := Run{Tag: tag, Rankings: make(map[string][]Scored, len(rankings))}
	seen := make(map[string]int)
	var again error
	at := 0
	for queryID, ranking := range rankings {
		run.Rankings[queryID] = ranking.docs
		if doc, line, first := ranking.duplicate(seen); line > 0 && (at == 0 || line < at) {
			at = line
			again = lines.ErrorAt(line, "query %q: document %q again, first on line %d", queryID, doc, first)
		}
	}
	if again != nil {
		return Run{}, again
	}
	run.Sort()
	return run, nil
}

// unsorted is a query's documents in file order, with the line each stood on.
type unsorted struct {
	docs  []Scored
	lines []int
}

// duplicate is the first document that stands there twice: it, the line of
// the repetition and the line of the first; line 0 where there is none. seen
// is room to work in.
func (u *unsorted) duplicate(seen map[string]int) (doc string, line, first int) {
	clear(seen)
	for i, d := range u.docs {
		if first := seen[d.DocID]; first > 0 {
			return d.DocID, u.lines[i], first
		}
		seen[d.DocID] = u.lines[i]
	}
	return "", 0, 0
}

func parseScore(text []byte) (float64, error) {
	score, err := strconv.ParseFloat(string(text), 64)
	if errors.Is(err, strconv.ErrRange) && !math.IsInf(score, 0) {
		err = nil // too small to tell from 0
	}
	if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return 0, fmt.Errorf("want a finite number as score, got %q", text)
	}
	return score, nil
}
