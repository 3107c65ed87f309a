package measure

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/gradus-ir/gradus/trec"
)

// Rules are which queries and documents count. The zero Rules are those of
// trec_eval -c and ir_measures, save that queries for which nothing is
// relevant are left out.
type Rules struct {
	SkipAbsent      bool // leave out the queries that the run does not have, as BEIR's script and trec_eval without -c do; else they count 0
	CountIrrelevant bool // count, as 0, the queries for which no document has grade 1 or more; no system can do better there
	DropSelfMatches bool // take a document whose id is the query's out of the ranking, as BEIR does on ArguAna and Quora
}

// Results are the values of some measures for a run, query by query.
type Results struct {
	Tag      string // of the run's lines; names the system
	Measures []Measure
	QueryIDs []string    // the queries that count, sorted
	Values   [][]float64 // [measure][query], in the orders of the two above

	Ranked     int      // queries that the run has a ranking for, whether they count or not
	Missing    []string // queries that would count and that the run has no ranking for
	Irrelevant []string // queries of the qrels left out, because no document of theirs is relevant
	Unjudged   []string // queries of the run left out, because the qrels do not have them
}

// Mean is what is reported of a measure, given by its index: the average over
// the queries that count, for NumQ and its kin the sum; 0 without any query.
func (r Results) Mean(measure int) float64 {
	if len(r.QueryIDs) == 0 {
		return 0
	}
	sum := 0.0
	for _, value := range r.Values[measure] {
		sum += value
	}
	if r.Measures[measure].Summed() {
		return sum
	}
	return sum / float64(len(r.QueryIDs))
}

// Evaluate measures a run held in memory by the zero Rules; see Evaluator.
func Evaluate(qrels trec.Qrels, run trec.Run, measures ...Measure) Results {
	return NewEvaluator(qrels, Rules{}, measures...).Run(run)
}

// Evaluator measures runs against the same qrels by the same measures.
//
// Every query of the qrels with a document of grade 1 or more counts, and one
// that the run does not have counts 0: a system gains nothing by staying
// silent. All measures are averaged over the same queries, whatever their rel,
// so that they can be compared in pairs. Rules has the other ways.
type Evaluator struct {
	measures   []Measure
	rules      Rules
	topics     map[string]*topic
	queryIDs   []string       // that count, sorted
	places     map[string]int // of the queries in queryIDs
	irrelevant []string
}

// NewEvaluator prepares qrels, which must not change afterwards.
func NewEvaluator(qrels trec.Qrels, rules Rules, measures ...Measure) *Evaluator {
	e := &Evaluator{measures: measures, rules: rules, topics: make(map[string]*topic, len(qrels)), places: make(map[string]int, len(qrels))}
	for queryID, grades := range qrels {
		topic := newTopic(grades)
		e.topics[queryID] = topic
		if topic.relevant() || rules.CountIrrelevant {
			e.queryIDs = append(e.queryIDs, queryID)
		} else {
			e.irrelevant = append(e.irrelevant, queryID)
		}
	}
	slices.Sort(e.queryIDs)
	slices.Sort(e.irrelevant)
	for place, queryID := range e.queryIDs {
		e.places[queryID] = place
	}
	return e
}

// Run measures a run held in memory. The order of its rankings does not
// matter: they are ordered by trec.Compare. The run is left as it is.
func (e *Evaluator) Run(run trec.Run) Results {
	s := e.start()
	for queryID, docs := range run.Rankings {
		s.add(queryID, ordered(docs))
	}
	return s.results(run.Tag)
}

// File measures a run as it is read: no more is held of it than the rankings of
// a few queries. A file whose queries do not stand in one piece each is
// read again, whole; so a pipe must have them so.
func (e *Evaluator) File(path string) (Results, error) {
	s := e.start()
	tag, err := trec.EachRanking(path, s.add)
	if errors.Is(err, trec.ErrNotGrouped) {
		if info, failed := os.Stat(path); failed != nil || !info.Mode().IsRegular() {
			return Results{}, fmt.Errorf("%w; want it so in what can be read only once", err)
		}
		run, err := trec.ReadRun(path)
		if err != nil {
			return Results{}, err
		}
		return e.Run(run), nil
	}
	if err != nil {
		return Results{}, err
	}
	return s.results(tag), nil
}

// sums are the values of a run as they come in, one query after another.
type sums struct {
	*Evaluator
	values [][]float64 // [query][measure]; nil for a query that has not come
	rooms  sync.Pool   // of *[]int, for rankings

	mutex    sync.Mutex
	ranked   int
	unjudged []string
}

func (e *Evaluator) start() *sums {
	return &sums{Evaluator: e, values: make([][]float64, len(e.queryIDs)), rooms: sync.Pool{New: func() any { return new([]int) }}}
}

// add takes one query's documents in order. It is safe for concurrent use with different queries.
func (s *sums) add(queryID string, docs []trec.Scored) {
	topic, judged := s.topics[queryID]
	s.mutex.Lock()
	s.ranked++
	if !judged {
		s.unjudged = append(s.unjudged, queryID)
	}
	s.mutex.Unlock()
	place, counts := s.places[queryID]
	if !counts {
		return
	}
	if s.rules.DropSelfMatches {
		docs = without(queryID, docs)
	}
	room := s.rooms.Get().(*[]int)
	r := topic.see(docs, *room)
	s.values[place] = s.measure(r)
	*room = r.grades
	s.rooms.Put(room)
}

func (e *Evaluator) measure(r ranking) []float64 {
	values := make([]float64, len(e.measures))
	for i, m := range e.measures {
		values[i] = m.of(r)
	}
	return values
}

func (s *sums) results(tag string) Results {
	results := Results{Tag: tag, Measures: s.measures, Ranked: s.ranked, Irrelevant: s.irrelevant, Unjudged: s.unjudged, Values: make([][]float64, len(s.measures))}
	slices.Sort(results.Unjudged)
	for place, queryID := range s.queryIDs {
		values := s.values[place]
		if values == nil {
			results.Missing = append(results.Missing, queryID)
			if s.rules.SkipAbsent {
				continue
			}
			values = s.measure(s.topics[queryID].see(nil, nil))
		}
		results.QueryIDs = append(results.QueryIDs, queryID)
		for i, value := range values {
			results.Values[i] = append(results.Values[i], value)
		}
	}
	return results
}

// ordered is the ranking in trec_eval's order, itself where it is so already.
func ordered(docs []trec.Scored) []trec.Scored {
	if slices.IsSortedFunc(docs, trec.Compare) {
		return docs
	}
	docs = slices.Clone(docs)
	slices.SortFunc(docs, trec.Compare)
	return docs
}

// without is the ranking less the document of this id, itself where it has none.
func without(docID string, docs []trec.Scored) []trec.Scored {
	self := func(doc trec.Scored) bool { return doc.DocID == docID }
	if !slices.ContainsFunc(docs, self) {
		return docs
	}
	return slices.DeleteFunc(slices.Clone(docs), self)
}
