package generate

import (
	"errors"
	"net/http"
	"time"

	"github.com/gradus-ir/gradus/llm"
)

// errStopped ends a query's work when the run has reached a limit.
var errStopped = errors.New("stopped at a limit")

// givenUpAfter is how many requests in a row may fail, retries and all,
// before the run blames the server instead of the request.
const givenUpAfter = 10

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

// mayGoOn lets a query that has begun go on for a while after the time limit.
func (r *run) mayGoOn(queryID string) error {
	r.mu.Lock()
	begun := r.begun[queryID]
	r.mu.Unlock()
	if begun || r.ledger.begun(queryID) {
		return r.mayEnd()
	}
	if err := r.mayBegin(); err != nil {
		return err
	}
	r.mu.Lock()
	r.begun[queryID] = true
	r.mu.Unlock()
	return nil
}

// failure records that a request failed for reasons that are its own, and
// leaves its document to a later run.
func (r *run) failure(k key, err error) error {
	if tooMany := r.count(err); tooMany != nil {
		return tooMany
	}
	if err := r.ledger.append(entry{Failure: &failure{k, err.Error()}}); err != nil {
		return err
	}
	return &leftOut{reasonServer}
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
	switch {
	case errors.Is(err, llm.ErrContext):
		return true
	case !errors.As(err, &status):
		return false
	}
	switch status.Code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
