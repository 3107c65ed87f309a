package recipe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
)

// What a forecast takes this machine for until rates have been measured in the
// experiment's folder: two cores without AVX-512, docs/benchmarks.md.
const (
	defaultTeraFLOPS = 0.13 // in training and encoding
	searchTeraFLOPS  = 0.05
	embeddedTokens   = 80   // a second, of prompts and answers together
	serverTokens     = 2000 // likewise
	trainingPasses   = 3    // of a training step, in passes forward
	guessedDocuments = 10_000
	guessedQueries   = 100
	guessedWords     = 120
	guessedGraded    = 4 // documents a query
)

// rates are units of work a second by a stage's kind, as measured.
type rates map[string]float64

// measuredRates are those of the stages that an experiment has finished in one go.
func (e *Experiment) measuredRates() rates {
	work, seconds := map[string]float64{}, map[string]float64{}
	for _, line := range e.done {
		if line.Work > 0 && line.Seconds > 0 {
			kind, _, _ := cutName(line.Stage)
			work[kind] += line.Work
			seconds[kind] += line.Seconds
		}
	}
	measured := rates{}
	for kind := range work {
		measured[kind] = work[kind] / seconds[kind]
	}
	return measured
}

// Estimate is what a plan will take.
type Estimate struct {
	Stages  []StageEstimate `json:"stages"`
	ToDo    int             `json:"to_do"`
	Seconds float64         `json:"seconds"`
	USD     float64         `json:"usd"`               // of the machine and of LLMs
	LLM     Asked           `json:"llm"`               // of all stages to do together
	Missing []string        `json:"missing,omitempty"` // inputs that are not here, each with the reason
	Rough   bool            `json:"rough,omitempty"`   // sizes are the recipe's word, rates not measured here
}

// StageEstimate is a stage of a plan.
type StageEstimate struct {
	Stage   string  `json:"stage"`
	For     string  `json:"for"` // the arm, or other part of the recipe
	Done    bool    `json:"done"`
	Waits   string  `json:"waits,omitempty"` // for what decides its inputs
	Seconds float64 `json:"seconds"`
	USD     float64 `json:"usd,omitempty"`
	LLM     *Asked  `json:"llm,omitempty"` // what it asks, if anything
}

// estimate forecasts what is to do of a plan.
func (p *planner) estimate(stages []Planned) (Estimate, error) {
	var e Estimate
	for _, s := range stages {
		line := StageEstimate{Stage: s.Name(), For: s.For, Done: s.Done, Waits: s.Waits}
		if !s.Done {
			work, err := s.work()
			if err != nil {
				return e, err
			}
			line.Seconds = work / p.rate(s.Kind)
			if limit := p.timeLimit(s.Stage); limit > 0 {
				line.Seconds = min(line.Seconds, limit.Seconds())
			}
			line.USD = line.Seconds / 3600 * p.Machine.USDPerHour
			if s.Asks != nil {
				asked, err := s.Asks()
				if err != nil {
					return e, err
				}
				line.LLM = &asked
				line.USD += asked.USD
				e.LLM = e.LLM.plus(asked)
			}
			e.ToDo++
			e.Seconds += line.Seconds
			e.USD += line.USD
		}
		e.Stages = append(e.Stages, line)
	}
	return e, nil
}

// rate is how much of a kind's work is done in a second.
func (p *planner) rate(k Kind) float64 {
	if measured := p.rates[k.Name]; measured > 0 {
		return measured
	}
	switch k {
	case trainKind, encodeKind:
		return p.Machine.TeraFLOPS
	case searchKind:
		return searchTeraFLOPS
	}
	return 1 // the work of other kinds is in seconds
}

// timeLimit is the longest that a stage may take; 0 is no limit.
func (p *planner) timeLimit(s Stage) time.Duration {
	for _, g := range p.Generators {
		if s.Kind == generateKind && s.Of == g.Name {
			return g.MaxTime
		}
	}
	return 0
}

// size is how many documents a collection has, and how many tokens one of them.
func (p *planner) size(collection string, most int) (documents, tokens float64, err error) {
	place, ok := p.shelf.places[collection]
	if ok && place.missing == nil {
		found, err := p.shelf.inputs.documents(p.ctx, place.corpus)
		return float64(found.Count), found.tokens(most), err
	}
	counts := p.counts(collection)
	return counts.Documents, (texts{Words: []int{int(counts.Words)}}).tokens(most), nil
}

// counts are what the recipe expects of a collection, or a guess.
func (p *planner) counts(collection string) Counts {
	var counts Counts
	for _, c := range p.Collections {
		if c.Name == collection {
			counts = c.Counts
			if c.Of != "" && counts.Documents == 0 {
				counts = p.counts(c.Of)
				counts.Queries = p.counted(c.Queries, counts.Queries)
			}
		}
	}
	for _, g := range p.Generators {
		if g.Name == collection {
			counts.Queries = p.queries(g.Queries)
			counts.Documents = counts.Queries * guessedGraded
		}
	}
	for value, guess := range map[*float64]float64{&counts.Documents: guessedDocuments, &counts.Queries: guessedQueries, &counts.Words: guessedWords, &counts.Graded: guessedGraded} {
		if *value == 0 {
			*value = guess
		}
	}
	return counts
}

// counted is about how many of so many queries a part has.
func (p *planner) counted(some Part, all float64) float64 {
	if others := (Split{Collection: some.Without}); slices.ContainsFunc(p.Collections, func(c Collection) bool { return c.Name == others.Collection }) {
		all = max(0, all-p.queries(others))
	}
	if some.Draw > 0 {
		all = min(all, float64(some.Draw))
	}
	return all
}

// queries is how many queries a split has.
func (p *planner) queries(s Split) float64 {
	place, ok := p.shelf.places[s.Collection]
	if !ok || place.missing != nil {
		counts := p.counts(s.Collection)
		if n, ok := counts.BySplit[s.Name]; ok {
			return n
		}
		return counts.Queries
	}
	if s.Name == "" {
		queries, err := place.allQueries()
		if err != nil {
			return 0
		}
		return float64(len(queries))
	}
	found, err := p.shelf.split(p.ctx, place, s.Name)
	if err != nil {
		return 0
	}
	return float64(len(found.qrels))
}

// graded is how many documents a source has in an epoch.
func (p *planner) graded(s Source) float64 {
	queries := p.queries(s.Split)
	if s.Sample > 0 {
		return queries * float64(s.Sample)
	}
	place, ok := p.shelf.places[s.Collection]
	if !ok || place.missing != nil {
		return queries * p.counts(s.Collection).Graded
	}
	found, err := p.shelf.split(p.ctx, place, s.Name)
	if err != nil {
		return 0
	}
	n := 0
	for _, grades := range found.qrels {
		for _, grade := range grades {
			if grade >= s.MinGrade && grade <= s.MaxGrade {
				n++
			}
		}
	}
	return float64(n)
}

// trainingWork is in teraFLOPs.
func (p *planner) trainingWork(a Arm, h Hyperparameters, s *start) (float64, error) {
	tokens, queries := 0.0, 0.0
	for _, source := range a.Sources {
		_, each, err := p.size(source.Collection, s.cut(s.DocumentMaxLength))
		if err != nil {
			return 0, err
		}
		tokens += p.graded(source) * each
		queries = max(queries, p.queries(source.Split))
	}
	const queryTokens = 16
	return trainingPasses * h.Epochs * (tokens + queries*queryTokens) * s.teraFLOPs(), nil
}

// encodingWork is in teraFLOPs.
func (p *planner) encodingWork(collection string, s *start) (float64, error) {
	documents, each, err := p.size(collection, s.cut(s.DocumentMaxLength))
	return documents * each * s.teraFLOPs(), err
}

// searchingWork is in teraFLOPs.
func (p *planner) searchingWork(on Split, s *start) (float64, error) {
	documents, _, err := p.size(on.Collection, 0)
	return 2 * documents * p.queries(on) * float64(s.config.HiddenSize) / 1e12, err
}

// cut is the length that texts are cut at.
func (s *start) cut(length int) int {
	if length == 0 {
		return s.config.MaxLength
	}
	return length
}

// speed is in tokens a second.
func (l LLM) speed() float64 {
	switch {
	case l.TokensPerSecond > 0:
		return l.TokensPerSecond
	case llm.IsEmbedded(l.Spec):
		return embeddedTokens
	}
	return serverTokens
}

// String says how long a forecast is, as people do.
func (e Estimate) String() string {
	text := Duration(e.Seconds)
	if e.USD > 0 {
		text += fmt.Sprintf(", %.2f USD", e.USD)
	}
	return text
}

// Duration says so many seconds as people do.
func Duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", seconds)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", seconds)
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// exampleQuery and exampleDocument stand for those that a forecast does not read.
var exampleQuery = collection.Query{ID: "q", Text: "what is the effect of heat on the pressure of a gas"}

var exampleDocument = strings.Repeat("The pressure of a gas rises with its heat. ", 12)
