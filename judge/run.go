package judge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gradus-ir/gradus/trec"
)

// RunOptions say what is judged, and how.
type RunOptions struct {
	Lists       []List
	Ledger      string         // the file that keeps every answer; an earlier run's goes on
	Concurrency int            // requests in flight; 0 is what the client finds of use
	MaxTime     time.Duration  // after it nothing is asked; 0 is no limit
	Progress    func(Progress) // called from many goroutines, one at a time; may be nil
}

// Progress is how far a run is, an earlier run's part included.
type Progress struct {
	Requests, Of int64 // done, of all
	Tokens       int64
}

// Judged is what a run came to, earlier runs with the same ledger included.
type Judged struct {
	Grades    trec.Qrels                  // of the documents that could be graded
	ByOrder   map[string]map[string][]int // query → document → its grades in the orders that gave one
	NotGraded map[string]int64            // documents without a grade, by reason
	Cut       int64                       // documents whose beginning alone was shown
	Cost      Cost
	Model     string // as the server named it
}

// Cost is what the grades took.
type Cost struct {
	Requests         int64   `json:"requests"` // answered
	PromptTokens     int64   `json:"prompt_tokens"`
	CompletionTokens int64   `json:"completion_tokens"`
	AnswerSeconds    float64 `json:"answer_seconds"` // from request to answer, all added up
	Seconds          float64 `json:"seconds"`        // of this call
}

// errStopped ends the run at a limit; what is in flight is waited for.
var errStopped = errors.New("stopped")

// Run grades every list. Each answer is on disk before it counts, and one that
// is there is not asked for again: after an error, a cancelled context
// included, call again with the same options. A budget is the LLM's; tokens
// that earlier runs with the ledger spent count against it. At a limit the
// error says how far the run is.
func (j *Judge) Run(ctx context.Context, opts RunOptions) (Judged, error) {
	start := time.Now()
	if err := checkLists(opts.Lists); err != nil {
		return Judged{}, err
	}
	if opts.Concurrency == 0 {
		opts.Concurrency = j.llm.MostInFlight()
	}
	ledger, err := openLedger(opts.Ledger, j.terms(opts.Lists))
	if err != nil {
		return Judged{}, err
	}
	defer ledger.log.Close()
	j.llm.Budget().Add(ledger.usage)
	r := &run{judge: j, opts: opts, ledger: ledger, start: start}
	r.left.L = &r.mu
	for _, list := range opts.Lists {
		r.of += int64(len(j.parts(list)))
	}
	if err := r.all(ctx); err != nil {
		return Judged{}, err
	}
	judged := r.judged()
	judged.Cost.Seconds = time.Since(start).Seconds()
	return judged, ledger.log.Close()
}

func checkLists(lists []List) error {
	if len(lists) == 0 {
		return errors.New("want queries with documents to judge, got none")
	}
	seen := make(map[string]bool, len(lists))
	for _, list := range lists {
		if seen[list.Query.ID] {
			return fmt.Errorf("query %q: want one list of each, got two", list.Query.ID)
		}
		seen[list.Query.ID] = true
		if len(list.Documents) == 0 {
			return fmt.Errorf("query %q: want documents, got none", list.Query.ID)
		}
	}
	return nil
}

// run is one call of Run at work.
type run struct {
	judge  *Judge
	opts   RunOptions
	ledger *ledger
	start  time.Time
	of     int64 // requests, if every first answer is of use

	mu      sync.Mutex
	under   int       // parts under way
	left    sync.Cond // told when one of them is done
	done    int64
	failed  int   // requests in a row
	stopped error // why the run ended early, nil if it did not
}

// all works through the requests in their order, several at once.
func (r *run) all(ctx context.Context) error {
	group, working := errgroup.WithContext(ctx)
	for _, list := range r.opts.Lists {
		for _, p := range r.judge.parts(list) {
			r.enter()
			if working.Err() != nil || r.whyStopped() != nil {
				r.leave()
				break
			}
			group.Go(func() error {
				defer r.leave()
				if err := r.settle(working, list, p); !errors.Is(err, errStopped) {
					return err
				}
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil && r.done < r.of {
		return err
	}
	if why := r.whyStopped(); why != nil {
		return fmt.Errorf("stopped early after %d of %d requests: %w; the same command with a higher limit goes on", r.done, r.of, why)
	}
	return nil
}

// enter waits until another request is of use. What that is the client learns from the answers.
func (r *run) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		most := r.opts.Concurrency
		if found := r.judge.llm.Concurrency(); found > 0 {
			most = min(most, found)
		}
		if r.under < most {
			r.under++
			return
		}
		r.left.Wait()
	}
}

func (r *run) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under--
	r.left.Signal()
}

var errTime = errors.New("the time limit was reached")

// mayAsk is nil while the run has not met a limit.
func (r *run) mayAsk() error {
	if r.whyStopped() != nil {
		return errStopped
	}
	if r.opts.MaxTime > 0 && time.Since(r.start) > r.opts.MaxTime {
		return r.stop(errTime)
	}
	return nil
}

// stop ends the run early; the first reason stays.
func (r *run) stop(why error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil {
		r.stopped = why
	}
	return errStopped
}

func (r *run) whyStopped() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}
