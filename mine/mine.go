// Package mine finds hard negatives: documents that a run ranks high for a
// query and that do not answer it, as far as can be told.
//
// A run has many answers that nobody judged. Each check of Options leaves out
// documents that may be such: by their text, by how near their score comes to
// a positive's, in this run or in another's, or by a judge's grade.
package mine

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// Options say which documents of a ranking are negatives.
type Options struct {
	Skip     int  // ranks passed over at the top
	Depth    int  // the last rank looked at; 0 is the ranking's end
	PerQuery int  // negatives of a query; 0 is all there are
	Random   bool // they are drawn from the window, in place of its first

	RelevantFrom int    // the grade from which on a document of the qrels is a positive; 0 is 1
	Margin       Margin // to the positive's score in the run

	Cross       []trec.Run // further rankers, for whom a negative must be below the positive too …
	CrossMargin Margin     // … by this margin

	Judged     trec.Qrels // grades of a judge
	JudgedFrom int        // the grade from which on a document is none; 0 is 1

	Seed int64 // of what is drawn; a query's draw does not depend on the other queries
}

// Report counts what became of the documents in the windows.
type Report struct {
	Queries    int `json:"queries"`    // with a positive
	With       int `json:"with"`       // a negative
	Candidates int `json:"candidates"` // documents in the windows
	Positives  int `json:"positives"`  // of them left out as positives …
	Duplicates int `json:"duplicates"` // … or of a positive's text, or one's before
	Margin     int `json:"margin"`     // … as too near to the positive
	Cross      int `json:"cross"`      // … by another run
	Judged     int `json:"judged"`     // … by the judge
	Negatives  int `json:"negatives"`  // documents taken
}

func (o *Options) check() error {
	if o.Skip < 0 || o.Depth < 0 || o.PerQuery < 0 || o.Depth > 0 && o.Skip >= o.Depth {
		return fmt.Errorf("mine: want 0 or more ranks to skip, fewer than the depth, and 0 or more negatives a query, got %d, %d and %d", o.Skip, o.Depth, o.PerQuery)
	}
	o.RelevantFrom, o.JudgedFrom = cmp.Or(o.RelevantFrom, 1), cmp.Or(o.JudgedFrom, 1)
	return cmp.Or(o.Margin.Check(), o.CrossMargin.Check())
}

// Negatives are the documents taken for each query of qrels that has a
// positive, best first. Queries of the run that qrels do not have are left
// alone. A document that is not in the collection is an error.
func Negatives(c *collection.Collection, qrels trec.Qrels, run trec.Run, opts Options) (map[string][]string, Report, error) {
	if err := opts.check(); err != nil {
		return nil, Report{}, err
	}
	m := miner{Options: opts, qrels: qrels, run: run}
	texts, err := readTexts(c, m.named())
	if err != nil {
		return nil, Report{}, err
	}
	m.texts = texts
	negatives := make(map[string][]string)
	for _, query := range slices.Sorted(maps.Keys(qrels)) {
		if len(m.positives(query)) == 0 {
			continue
		}
		m.report.Queries++
		if found := m.draw(query, m.negatives(query)); len(found) > 0 {
			negatives[query] = found
			m.report.With++
			m.report.Negatives += len(found)
		}
	}
	return negatives, m.report, nil
}

type miner struct {
	Options
	qrels  trec.Qrels
	run    trec.Run
	texts  texts
	report Report
}

// positives are a query's, sorted.
func (m *miner) positives(query string) []string {
	var docs []string
	for doc, grade := range m.qrels[query] {
		if grade >= m.RelevantFrom {
			docs = append(docs, doc)
		}
	}
	slices.Sort(docs)
	return docs
}

// window are the documents of a query's ranking that are looked at.
func (m *miner) window(query string) []trec.Scored {
	ranking := m.run.Rankings[query]
	last := len(ranking)
	if m.Depth > 0 {
		last = min(last, m.Depth)
	}
	return ranking[min(m.Skip, last):last]
}

// named are all documents whose text is asked for.
func (m *miner) named() map[string]struct{} {
	named := make(map[string]struct{})
	for query := range m.qrels {
		positives := m.positives(query)
		if len(positives) == 0 {
			continue
		}
		for _, doc := range positives {
			named[doc] = struct{}{}
		}
		for _, doc := range m.window(query) {
			named[doc.DocID] = struct{}{}
		}
	}
	return named
}

// negatives are the documents of a query's window that pass all checks, best first.
func (m *miner) negatives(query string) []string {
	positives := m.positives(query)
	positive, seen := make(map[string]bool, len(positives)), make(map[text]bool)
	for _, doc := range positives {
		positive[doc] = true
		seen[m.texts[doc]] = true
	}
	below := newBound(m.run.Rankings[query], positive, m.Margin)
	var others []bound
	for _, run := range m.Cross {
		others = append(others, newBound(run.Rankings[query], positive, m.CrossMargin))
	}
	var found []string
	for _, doc := range m.window(query) {
		id := doc.DocID
		grade, judged := m.Judged[query][id]
		again := seen[m.texts[id]]
		seen[m.texts[id]] = true
		m.report.Candidates++
		switch {
		case positive[id]:
			m.report.Positives++
		case again:
			m.report.Duplicates++
		case !m.Margin.none() && !below.admits(id):
			m.report.Margin++
		case slices.ContainsFunc(others, func(b bound) bool { return !b.admits(id) }):
			m.report.Cross++
		case judged && grade >= m.JudgedFrom:
			m.report.Judged++
		default:
			found = append(found, id)
		}
	}
	return found
}

// draw takes as many as are asked for.
func (m *miner) draw(query string, found []string) []string {
	if m.PerQuery == 0 || len(found) <= m.PerQuery {
		return found
	}
	if !m.Random {
		return found[:m.PerQuery]
	}
	name := fnv.New64a()
	name.Write([]byte(query))
	places := rand.New(rand.NewPCG(uint64(m.Seed), name.Sum64())).Perm(len(found))[:m.PerQuery]
	slices.Sort(places)
	drawn := make([]string, len(places))
	for i, place := range places {
		drawn[i] = found[place]
	}
	return drawn
}
