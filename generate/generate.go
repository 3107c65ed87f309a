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
	Answers     string      // (terms) AnswersJSON or AnswersPlain; "" is JSON for a server and plain for the embedded LLM
	Attempts    int         // (terms) at each answer; 0 is 3
	Concurrency int         // requests in flight; 0 is 8, or the embedded LLM's slots

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
	Model     string           `json:"model"`             // as the server named it
	Refused   []string         `json:"refused,omitempty"` // request parameters the server did not take
	Stopped   string           `json:"stopped,omitempty"` // why the run ended early, "" if it did not
	Elapsed   time.Duration    `json:"elapsed_ns"`        // of this call
}

// Generate runs to the end, to a limit, or to an error, and writes the
// collection of what is confirmed unless there was an error.
//
// On an error, a cancelled context included, the ledger keeps what was
// answered: call again with the same options. A budget is the LLM's; tokens
// that earlier runs into the folder spent count against it.
func Generate(ctx context.Context, opts Options) (Summary, error) {
	opts, s, err := opts.checked()
	if err != nil {
		return Summary{}, err
	}
	if opts.LLM == nil {
		return Summary{}, errors.New("want an LLM, got none")
	}
	if err := durable.CheckOwn(opts.Out, LedgerName); err != nil {
		return Summary{}, err
	}
	model, err := opts.LLM.Model(ctx)
	if err != nil {
		return Summary{}, err
	}
	if err := os.MkdirAll(opts.Out, 0o777); err != nil {
		return Summary{}, err
	}
	ledger, err := openLedger(opts.Out, opts.terms(s, model))
	if err != nil {
		return Summary{}, err
	}
	defer ledger.close()
	opts.LLM.Budget().Add(ledger.usage)

	r := newRun(opts, s, ledger)
	if err := r.all(ctx); err != nil {
		return Summary{}, err
	}
	summary := r.summary()
	if summary.Documents > 0 {
		if err := writeCollection(opts, s, r.lists, summary); err != nil {
			return Summary{}, err
		}
	} else if summary.Stopped == "" {
		return Summary{}, fmt.Errorf("no usable answer to any of %d queries (%s); the answers are in %s", summary.Queries, reasons(summary.LeftOut), ledger.path)
	}
	summary.Elapsed = time.Since(r.start)
	return summary, ledger.close()
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
	if opts.Split == "" {
		opts.Split = "train"
	}
	if opts.Attempts == 0 {
		opts.Attempts = 3
	}
	if opts.Concurrency == 0 {
		opts.Concurrency = 8
		if opts.LLM != nil && opts.LLM.Slots() > 0 {
			opts.Concurrency = opts.LLM.Slots()
		}
	}
	switch {
	case opts.Attempts < 0 || opts.Concurrency < 0 || opts.MaxTime < 0:
		return opts, s, fmt.Errorf("attempts, concurrency, time limit: want none negative, got %d, %d, %v", opts.Attempts, opts.Concurrency, opts.MaxTime)
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
