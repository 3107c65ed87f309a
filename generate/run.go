package generate

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/llm"
)

// errStopped ends a query's work when the run has reached a limit.
var errStopped = errors.New("stopped at a limit")

// givenUpAfter is how many requests in a row may fail, retries and all,
// before the run blames the server instead of the request.
const givenUpAfter = 10

// run is one call of Generate at work.
type run struct {
	opts     Options
	strategy strategy
	ledger   *ledger
	near     *neighbours
	gate     *gate
	places   map[string]int // of a query in opts.Queries
	start    time.Time
	abort    context.CancelCauseFunc
	lists    [][]passage // of the queries, in their order

	mu      sync.Mutex
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
		gate:    newGate(opts.Concurrency),
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

// task is what a strategy is given for the i-th query.
func (r *run) task(i int) *task {
	query := r.opts.Queries[i]
	return &task{
		query:  query,
		grades: r.opts.Grades,
		words:  drawWords(r.opts.Seed, query.ID),
		near:   r.near.near(i, mostNeighbours),
		far:    r.near.far(i, r.opts.Seed),
		asker:  r,
		left:   func(string) {},
	}
}

// query has the documents of one query written.
func (r *run) query(ctx context.Context, i int) error {
	query := r.opts.Queries[i]
	lost := map[string]int64{}
	var losing sync.Mutex
	t := r.task(i)
	t.left = func(reason string) {
		losing.Lock()
		lost[reason]++
		losing.Unlock()
	}
	passages, err := r.strategy.write(ctx, t)
	stopped := errors.Is(err, errStopped)
	if stopped {
		// Derive what there is: asked again, the answered steps answer from the ledger.
		t.asker = answered{r}
		clear(lost)
		passages, err = r.strategy.write(ctx, t)
	}
	if err != nil {
		return err
	}
	r.ledger.forget(query.ID)

	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.begun, query.ID)
	r.lists[i] = passages
	r.docs += int64(len(passages))
	if !stopped {
		r.done++
	}
	delete(lost, reasonNotAsked)
	for reason, n := range lost {
		r.leftOut[reason] += n
	}
	r.report()
	return nil
}

func (r *run) report() {
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{
			Queries: r.done, Of: int64(len(r.opts.Queries)), Documents: r.docs,
			Tokens: r.opts.LLM.Budget().Spent().Tokens(),
		})
	}
}

// stop ends the run early for a reason that people read; the first one stays.
func (r *run) stop(reason string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == "" {
		r.stopped = reason
	}
	return errStopped
}

const timeLimit = "the time limit was reached"

// mayBegin is nil if a query not begun yet may be.
func (r *run) mayBegin() error {
	r.mu.Lock()
	stopped := r.stopped != ""
	r.mu.Unlock()
	switch {
	case stopped:
		return errStopped
	case r.opts.MaxTime > 0 && time.Since(r.start) > r.opts.MaxTime:
		return r.stop(timeLimit)
	}
	return nil
}

// mayEnd is nil while a query that was begun may be finished: up to a quarter
// of the time limit beyond it.
func (r *run) mayEnd() error {
	if r.opts.MaxTime > 0 && time.Since(r.start) > r.opts.MaxTime+r.opts.MaxTime/4 {
		return r.stop(timeLimit)
	}
	return nil
}

// count keeps the tally of failures in a row, and returns the error to stop
// the run with if there are too many. What a server that answers others
// refuses is no failure of its: else a run whose last requests are all over
// the model's length would never end.
func (r *run) count(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.failed = 0
		return nil
	case refused(err) && r.ledger.hasAnswers():
		return nil
	}
	if r.failed++; r.failed >= givenUpAfter {
		return err
	}
	return nil
}

// refused reports whether the server turned one request down, as it does with a prompt over its length.
func refused(err error) bool {
	var status *llm.StatusError
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

func (r *run) summary() Summary {
	s := Summary{
		Queries:   int64(len(r.opts.Queries)),
		LeftOut:   r.leftOut,
		Requests:  r.ledger.requests,
		Usage:     r.ledger.usage,
		Model:     r.ledger.model,
		Refused:   r.opts.LLM.Refused(),
		Stopped:   r.stopped,
		Documents: r.docs,
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
