package generate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Rebuild derives the collection of opts.Out again from its ledger, with the
// checks as they are now, and asks nothing. Of opts only Out, Split,
// OnMismatch and Progress count, the former two by default as they were; the
// ledger has the rest, the queries included.
func Rebuild(ctx context.Context, opts Options) (Summary, error) {
	opts, err := opts.asWritten()
	if err != nil {
		return Summary{}, err
	}
	r, err := openRun(opts)
	if err != nil {
		return Summary{}, err
	}
	defer r.ledger.close()
	outstanding, err := r.derive(ctx, ledgerAlone{})
	if err != nil {
		return Summary{}, err
	}
	if outstanding > 0 {
		r.stopped = fmt.Sprintf(outstandingDocuments, outstanding)
	}
	return r.end()
}

// asWritten takes from the manifest of the collection, if there is one, what the ledger does not have.
func (opts Options) asWritten() (Options, error) {
	m, err := durable.ReadManifest(opts.Out)
	if errors.Is(err, fs.ErrNotExist) {
		return opts, nil
	}
	if split, ok := m.Options["split"].(string); ok && opts.Split == "" {
		opts.Split = split
	}
	if onMismatch, ok := m.Options["on mismatch"].(string); ok && opts.OnMismatch == "" {
		opts.OnMismatch = onMismatch
	}
	opts.Inputs = m.Inputs
	return opts, err
}

const outstandingDocuments = "%d documents are still to be asked for"

// openRun is the run whose ledger is in opts.Out, without an LLM to ask.
func openRun(opts Options) (*run, error) {
	path := filepath.Join(opts.Out, LedgerName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: want the ledger of a run of generate, found none", path)
	}
	ledger, has, err := readLedger(path)
	if err != nil {
		return nil, err
	}
	r, err := has.run(opts, ledger)
	if err != nil {
		ledger.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (h head) run(opts Options, l *ledger) (*run, error) {
	switch {
	case h.terms == nil:
		return nil, errors.New("want a ledger with a run, found it empty")
	case h.terms.Format != ledgerFormat:
		return nil, fmt.Errorf("want a ledger of format %d, got %d", ledgerFormat, h.terms.Format)
	case hashOfQueries(h.queries) != h.terms.Queries:
		return nil, errors.New("want all queries of the run, found some; generate with the same options adds them")
	}
	t := h.terms
	opts.Queries, opts.Examples = h.queries, h.examples
	opts.Strategy, opts.Grades, opts.Seed, opts.Domain = t.Strategy, t.Grades, t.Seed, t.Domain
	opts.Answers, opts.Attempts, opts.ExamplesPerQuery, opts.CheckAttempts = t.Answers, t.Attempts, t.ExamplesPerQuery, t.CheckAttempts
	opts.LLM, opts.Judge = nil, nil
	if t.Judge != "" {
		opts.Judge = &Judge{Name: t.Judge}
	}
	opts, s, err := opts.checked()
	if err != nil {
		return nil, err
	}
	return newRun(opts, s, l), nil
}
