package generate

import (
	"context"
	"errors"
	"sync"
	"time"
)

// run is one call of Generate at work.
type run struct {
	opts     Options
	strategy strategy
	ledger   *ledger
	near     *neighbours
	tongues  languages
	gate     *gate
	places   map[string]int // of a query in opts.Queries
	start    time.Time
	abort    context.CancelCauseFunc
	lists    [][]passage  // of the queries, in their order
	only     map[int]bool // places of the queries to work on; nil is all

	mu      sync.Mutex
	checks  Checks
	done    int64
	docs    int64
	leftOut map[string]int64
	failed  int             // requests in a row
	begun   map[string]bool // queries asked about, not yet done
	stopped string
}

func newRun(opts Options, s strategy, l *ledger) *run {
	r := &run{
		opts: opts, strategy: s, ledger: l, start: time.Now(),
		near:    newNeighbours(opts.Queries),
		tongues: newLanguages(opts.Queries),
		gate:    newGate(opts.Concurrency).follow(opts.LLM),
		places:  make(map[string]int, len(opts.Queries)),
		lists:   make([][]passage, len(opts.Queries)),
		leftOut: map[string]int64{},
		begun:   map[string]bool{},
	}
	for i, query := range opts.Queries {
		r.places[query.ID] = i
	}
	return r
}

// all works through the queries. Another one is begun when those under way
// leave room, and of those the earliest asks first: so a run that stops has
// whole lists and few begun ones.
func (r *run) all(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.abort = cancel
	var working sync.WaitGroup
	open := make(chan struct{}, r.opts.Concurrency)
	for i, query := range r.opts.Queries {
		if r.only != nil && !r.only[i] {
			continue
		}
		select {
		case open <- struct{}{}:
		case <-ctx.Done():
		}
		if !r.ledger.begun(query.ID) && r.mayBegin() == nil {
			r.gate.wantsMore(ctx)
		}
		if ctx.Err() != nil {
			break
		}
		working.Go(func() {
			defer func() { <-open }()
			if err := r.query(ctx, i); err != nil {
				r.abort(err) // the first one counts
			}
		})
	}
	working.Wait()
	return context.Cause(ctx)
}

// task is what a strategy is given for the i-th query, with its answers from a.
func (r *run) task(i int, a asker) *task {
	query := r.opts.Queries[i]
	language, named := r.tongues.of(query.Text)
	return &task{
		query:    query,
		grades:   r.opts.Grades,
		manner:   drawManner(r.opts.Seed, query.ID, language, named),
		domain:   r.opts.Domain,
		examples: drawExamples(r.opts.Examples, r.opts.ExamplesPerQuery, r.opts.Seed, query.ID),
		near:     r.near.near(i, mostNeighbours),
		far:      r.near.far(i, r.opts.Seed),
		asker:    a,
		left:     func(string) {},
	}
}

// written is what came of a query.
type written struct {
	passages []passage
	left     map[string]int64 // documents left out, by reason
	checks   Checks
}

// write has the i-th query's documents written, and judged where the run has a judge.
func (r *run) write(ctx context.Context, i int, a asker) (written, error) {
	w := written{left: map[string]int64{}}
	var leaving sync.Mutex
	t := r.task(i, a)
	t.left = func(reason string) {
		leaving.Lock()
		w.left[reason]++
		leaving.Unlock()
	}
	passages, err := r.strategy.write(ctx, t)
	if err == nil && r.opts.Judge != nil {
		passages, w.checks, err = t.check(ctx, passages, secondThoughts(r.strategy, len(r.opts.Examples) > 0), r.opts)
	}
	w.passages = passages
	return w, err
}

// query has the documents of one query written.
func (r *run) query(ctx context.Context, i int) error {
	w, err := r.write(ctx, i, throughLedger{r: r, source: model{r}})
	stopped := errors.Is(err, errStopped)
	if stopped {
		// Derive what there is: asked again, the answered steps answer from the ledger.
		w, err = r.write(ctx, i, throughLedger{r: r, source: ledgerAlone{}})
	}
	if err != nil {
		return err
	}
	r.take(i, w, !stopped)
	return nil
}

// take puts down what came of the i-th query.
func (r *run) take(i int, w written, done bool) {
	queryID := r.opts.Queries[i].ID
	r.ledger.forget(queryID)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.begun, queryID)
	r.lists[i] = w.passages
	r.docs += int64(len(w.passages))
	if done {
		r.done++
	}
	delete(w.left, reasonNotAsked)
	for reason, n := range w.left {
		r.leftOut[reason] += n
	}
	r.checks.add(w.checks)
	r.report()
}

// derive goes through all queries in their order, with what the ledger has and
// the source adds, and reports how many documents are still to be asked for.
func (r *run) derive(ctx context.Context, from source) (outstanding int64, err error) {
	for i := range r.opts.Queries {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		w, err := r.write(ctx, i, throughLedger{r: r, source: from})
		if err != nil {
			return 0, err
		}
		outstanding += w.left[reasonNotAsked]
		r.take(i, w, w.left[reasonNotAsked] == 0)
	}
	return outstanding, nil
}

func (r *run) report() {
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{
			Queries: r.done, Of: int64(len(r.opts.Queries)), Documents: r.docs,
			Tokens: r.ledger.tokens(),
		})
	}
}

// summary drops near-duplicates from the lists and says what there is.
func (r *run) summary() Summary {
	if n := dropDuplicates(r.lists); n > 0 {
		r.leftOut[reasonDuplicate] += n
		r.docs -= n
	}
	s := Summary{
		Queries:   int64(len(r.opts.Queries)),
		LeftOut:   r.leftOut,
		Requests:  r.ledger.requests,
		Usage:     r.ledger.usage,
		Model:     r.ledger.model,
		Stopped:   r.stopped,
		Documents: r.docs,
		Shortcuts: probeShortcuts(r.opts.Queries, r.lists, r.opts.Seed),
	}
	if r.opts.LLM != nil {
		s.Refused = r.opts.LLM.Refused()
	}
	if r.opts.Judge != nil {
		s.Checks = &r.checks
	}
	for _, list := range r.lists {
		switch {
		case len(list) == len(r.opts.Grades):
			s.Lists++
		case len(list) > 0:
			s.Partial++
		}
	}
	return s
}
