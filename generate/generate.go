// Package generate has a language model write, for each query, one document
// per grade of relevance, and makes a collection of them.
//
// Every request and answer goes into an append-only ledger before it counts.
// The collection is derived from the ledger, in the order of the queries, so
// that a run interrupted anywhere and taken up again ends with the same files
// as one that was not.
//
// The method is that of "Beyond Contrastive Learning: Synthetic Data Enables
// List-wise Training with Multiple Levels of Relevance" (arXiv 2503.23239);
// the grades are those of the TREC Deep Learning track's passage task.
package generate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
)

// Options of a run. Those marked (terms) fix what the answers depend on: a
// run that is taken up again must have the same.
type Options struct {
	Out     string             // a new folder, or an earlier run's
	Queries []collection.Query // (terms) with distinct IDs
	Split   string             // of the qrels written; "" is train
	Inputs  []durable.Input    // the files the queries came from, for the manifest

	LLM         *llm.Client // its model is one of the terms
	Strategy    string      // (terms) "" is the first of Strategies
	Grades      []int       // (terms) nil is 3, 2, 1, 0
	Seed        int64       // (terms)
	Domain      string      // (terms) what the documents are for, told to the model; may be ""
	Answers     string      // (terms) AnswersJSON or AnswersPlain; "" is JSON for a server and plain for the embedded LLM
	Attempts    int         // (terms) at each answer; 0 is 3
	Concurrency int         // requests in flight; 0 is what the LLM's options say: see llm.Client.MostInFlight

	// Examples are documents whose style the strategy "style" has followed;
	// see DrawExamples. ExamplesPerQuery of them are shown; 0 is 2. (terms)
	Examples         []string
	ExamplesPerQuery int

	// Judge, where not nil, grades what is written (terms). A document judged
	// of another grade is asked for again, CheckAttempts times at most (terms;
	// 0 is not at all); OnMismatch says what becomes of it then: MismatchDrop,
	// which "" is, MismatchRelabel or MismatchKeep.
	Judge         *Judge
	CheckAttempts int
	OnMismatch    string

	// MaxTime ends the run early: after it no query is begun, and after a
	// quarter of it more, in which begun ones may be finished, nothing is
	// asked. 0 is no limit.
	MaxTime  time.Duration
	Progress func(Progress) // called from many goroutines, one at a time; may be nil
}

// How answers are asked for. Constrained JSON makes answers easy to take
// apart; the smallest models write worse in it.
const (
	AnswersJSON  = "json"
	AnswersPlain = "plain"
)

// Progress is how far a run is, an earlier run's part included.
type Progress struct {
	Queries, Of int64 // done, of all
	Documents   int64
	Tokens      int64
}

// Summary is what a run came to, earlier runs into the same folder included.
type Summary struct {
	Queries   int64            `json:"queries"`   // asked for
	Lists     int64            `json:"lists"`     // queries with a document of every grade
	Partial   int64            `json:"partial"`   // queries with some
	Documents int64            `json:"documents"` // in the collection
	LeftOut   map[string]int64 `json:"left_out"`  // documents given up, by reason
	Requests  int64            `json:"requests"`  // answered
	Usage     llm.Usage        `json:"usage"`
	Model     string           `json:"model"`               // as the server named it
	Refused   []string         `json:"refused,omitempty"`   // request parameters the server did not take
	Checks    *Checks          `json:"checks,omitempty"`    // what the judge thought, nil without one
	Shortcuts *Shortcuts       `json:"shortcuts,omitempty"` // whether form betrays the grade; nil of too few lists
	Stopped   string           `json:"stopped,omitempty"`   // why the run ended early, "" if it did not
	Elapsed   time.Duration    `json:"elapsed_ns"`          // of this call
}

// Generate runs to the end, to a limit, or to an error, and writes the
// collection of what is confirmed unless there was an error.
//
// On an error, a cancelled context included, the ledger keeps what was
// answered: call again with the same options. A budget is the LLM's; tokens
// that earlier runs into the folder spent count against it.
func Generate(ctx context.Context, opts Options) (Summary, error) {
	r, err := opts.open(ctx)
	if err != nil {
		return Summary{}, err
	}
	defer r.ledger.close()
	if err := r.all(ctx); err != nil {
		return Summary{}, err
	}
	return r.end()
}

// open is the run with its ledger opened, or begun in a new folder.
func (opts Options) open(ctx context.Context) (*run, error) {
	opts, s, err := opts.checked()
	if err != nil {
		return nil, err
	}
	if opts.LLM == nil {
		return nil, errors.New("want an LLM, got none")
	}
	if err := durable.CheckOwn(opts.Out, LedgerName); err != nil {
		return nil, err
	}
	model, err := opts.LLM.Model(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Out, 0o777); err != nil {
		return nil, err
	}
	ledger, err := openLedger(filepath.Join(opts.Out, LedgerName), opts.head(s, model))
	if err != nil {
		return nil, err
	}
	opts.LLM.Budget().Add(ledger.usage)
	return newRun(opts, s, ledger), nil
}

// end writes the collection of what is confirmed and closes the ledger.
func (r *run) end() (Summary, error) {
	summary := r.summary()
	if summary.Documents > 0 {
		if err := writeCollection(r.opts, r.strategy, r.lists, summary); err != nil {
			return Summary{}, err
		}
	} else if summary.Stopped == "" {
		return Summary{}, fmt.Errorf("no usable answer to any of %d queries (%s); the answers are in %s", summary.Queries, reasons(summary.LeftOut), r.ledger.path)
	}
	summary.Elapsed = time.Since(r.start)
	return summary, r.ledger.close()
}

// Check says what is wrong with the options, before an LLM is opened for them.
func (opts Options) Check() error {
	if _, _, err := opts.checked(); err != nil || opts.Out == "" {
		return err
	}
	return durable.CheckOwn(opts.Out, LedgerName)
}

// checked fills in the defaults.
func (opts Options) checked() (Options, strategy, error) {
	s, err := findStrategy(opts.Strategy)
	if err != nil {
		return opts, s, err
	}
	if opts.Grades == nil {
		opts.Grades = []int{3, 2, 1, 0}
	}
	for i, grade := range opts.Grades {
		if grade < 0 || grade > 3 {
			return opts, s, fmt.Errorf("grades: want numbers from 0 to 3, got %d", grade)
		}
		if slices.Contains(opts.Grades[:i], grade) {
			return opts, s, fmt.Errorf("grades: want each once, got %d twice", grade)
		}
	}
	switch opts.Answers {
	case AnswersJSON, AnswersPlain:
	case "":
		opts.Answers = AnswersJSON
		if opts.LLM != nil && opts.LLM.Slots() > 0 {
			opts.Answers = AnswersPlain
		}
	default:
		return opts, s, fmt.Errorf("answers: want %s or %s, got %q", AnswersJSON, AnswersPlain, opts.Answers)
	}
	switch opts.OnMismatch {
	case MismatchDrop, MismatchRelabel, MismatchKeep:
	case "":
		opts.OnMismatch = MismatchDrop
	default:
		return opts, s, fmt.Errorf("on mismatch: want %s, %s or %s, got %q", MismatchDrop, MismatchRelabel, MismatchKeep, opts.OnMismatch)
	}
	if s.examples && len(opts.Examples) == 0 {
		return opts, s, fmt.Errorf("strategy %s: want documents as examples of style, got none", s.name)
	}
	if opts.ExamplesPerQuery == 0 && len(opts.Examples) > 0 {
		opts.ExamplesPerQuery = 2
	}
	if opts.Split == "" {
		opts.Split = "train"
	}
	if opts.Attempts == 0 {
		opts.Attempts = 3
	}
	if opts.Concurrency == 0 {
		opts.Concurrency = 8
		if opts.LLM != nil {
			opts.Concurrency = opts.LLM.MostInFlight()
		}
	}
	switch {
	case opts.Attempts < 0 || opts.Concurrency < 0 || opts.MaxTime < 0 || opts.CheckAttempts < 0 || opts.ExamplesPerQuery < 0:
		return opts, s, fmt.Errorf("attempts, concurrency, time limit, check attempts, examples: want none negative, got %d, %d, %v, %d, %d",
			opts.Attempts, opts.Concurrency, opts.MaxTime, opts.CheckAttempts, opts.ExamplesPerQuery)
	case len(opts.Grades) == 0:
		return opts, s, errors.New("grades: want at least one, got none")
	case len(opts.Queries) == 0:
		return opts, s, errors.New("want queries, got none")
	}
	seen := make(map[string]bool, len(opts.Queries))
	for _, query := range opts.Queries {
		if seen[query.ID] {
			return opts, s, fmt.Errorf("query %q: want each ID once, got it twice", query.ID)
		}
		seen[query.ID] = true
	}
	return opts, s, nil
}
