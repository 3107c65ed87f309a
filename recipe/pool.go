package recipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/trec"
)

// pool is what a judge said of documents that arms have found so far. An arm
// that is trained anew finds some others, and those alone are put before the
// judge: a document is graded by itself, so its grade is the same in any pool.
type pool struct {
	Of     string     `json:"of"` // what the grades depend on: the texts, and the judge
	Grades trec.Qrels `json:"grades"`
}

// The files of a pool, in a folder of its own.
const (
	poolFile   = "pool.json"
	poolLedger = "ledger-%s.jsonl" // the answers of one call, which goes on with it where it was killed; named by what is asked
)

// judgePool has the judge grade what is not yet in the pool of dir, and writes
// the grades of the documents that the runs have now.
func judgePool(ctx context.Context, j *judge.Judge, lists []judge.List, dir, of, out string, opts judge.RunOptions) error {
	path := filepath.Join(dir, poolFile)
	var p pool
	if err := readJSON(path, &p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if p.Of != of || p.Grades == nil {
		p = pool{Of: of, Grades: trec.Qrels{}}
	}
	opts.Lists = p.without(lists)
	if len(opts.Lists) > 0 {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		opts.Ledger = filepath.Join(dir, fmt.Sprintf(poolLedger, pairsHash(of, opts.Lists)))
		judged, err := j.Run(ctx, opts)
		if err != nil {
			return err
		}
		p.add(judged.Grades)
		if err := writeJSON(path, p); err != nil {
			return err
		}
	}
	grades := p.among(lists)
	if len(grades) == 0 {
		return fmt.Errorf("no usable answer for any document of %d queries; the answers are in %s", len(lists), dir)
	}
	return writeQrels(out, grades)
}

// without are the lists' documents that have no grade.
func (p pool) without(lists []judge.List) []judge.List {
	var left []judge.List
	for _, l := range lists {
		known := p.Grades[l.Query.ID]
		l.Documents = slices.DeleteFunc(slices.Clone(l.Documents), func(d collection.Document) bool {
			_, graded := known[d.ID]
			return graded
		})
		if len(l.Documents) > 0 {
			left = append(left, l)
		}
	}
	return left
}

func (p pool) add(grades trec.Qrels) {
	for query, of := range grades {
		if p.Grades[query] == nil {
			p.Grades[query] = map[string]int{}
		}
		maps.Copy(p.Grades[query], of)
	}
}

// among are the grades of the lists' documents, those that have one.
func (p pool) among(lists []judge.List) trec.Qrels {
	grades := trec.Qrels{}
	for _, l := range lists {
		for _, d := range l.Documents {
			if grade, ok := p.Grades[l.Query.ID][d.ID]; ok {
				if grades[l.Query.ID] == nil {
					grades[l.Query.ID] = map[string]int{}
				}
				grades[l.Query.ID][d.ID] = grade
			}
		}
	}
	return grades
}

// pairsHash names what is asked.
func pairsHash(of string, lists []judge.List) string {
	var text strings.Builder
	text.WriteString(of)
	for _, l := range lists {
		for _, d := range l.Documents {
			fmt.Fprintf(&text, "\n%q %q", l.Query.ID, d.ID)
		}
	}
	return hashOf([]byte(text.String()))[:12]
}
