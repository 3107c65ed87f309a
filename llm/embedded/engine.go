package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// batchTokens is how many tokens one decode evaluates at most: large enough
// that prompts run at full speed, small enough that the sequences which are
// already answering are not kept waiting for a second.
const batchTokens = 512

var (
	errBusy    = errors.New("all slots are taken and the queue is full")
	errStopped = errors.New("the engine is shutting down")
)

// grammarError is a constraint that llama.cpp's grammar cannot take.
type grammarError struct{ source string }

func (e grammarError) Error() string {
	return fmt.Sprintf("llama.cpp cannot read the grammar of this response format:\n%s", e.source)
}

// engine answers requests on one llama.cpp context by continuous batching:
// each step decodes one token for every sequence that is answering and fills
// the rest of the batch with the prompts of those that are not yet.
//
// One goroutine, locked to its thread, owns the context; everybody else talks
// to it through queue.
type engine struct {
	model *model
	slots []*slot
	queue chan *request
	batch llama.Batch
	pace  *pace
	seats int64 // requests seated so far
	count counters
}

// counters are read by anyone while the engine runs.
type counters struct {
	Steps           atomic.Int64 // decodes
	PromptEvaluated atomic.Int64 // prompt tokens
	PromptCached    atomic.Int64 // prompt tokens taken from another sequence or an earlier request
	Generated       atomic.Int64 // answer tokens
	Busy            atomic.Int64 // slots taken at this moment
	Threads         atomic.Int64 // computing at this moment
}

func newEngine(m *model, slots, queue, threads int) *engine {
	e := &engine{model: m, pace: newPace(threads), queue: make(chan *request, queue), batch: llama.BatchInit(batchTokens, 0, 1)}
	e.count.Threads.Store(int64(threads))
	for i := range slots {
		e.slots = append(e.slots, &slot{id: llama.SeqId(i), output: -1})
	}
	return e
}

// submit hands a request to the engine without waiting: errBusy when it is full.
func (e *engine) submit(r *request) error {
	select {
	case e.queue <- r:
		return nil
	default:
		return errBusy
	}
}

// run serves until ctx is done; requests still inside are failed.
func (e *engine) run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer e.shutDown()
	for ctx.Err() == nil {
		e.dropLeft()
		if !e.seat(ctx) {
			return
		}
		e.settleWaiting()
		if e.fill() == 0 {
			continue
		}
		if err := e.decode(); err != nil {
			e.failAll(err)
			continue
		}
		e.draw()
	}
}

// seat gives idle slots to queued requests. It blocks while there is nothing
// to do at all, and returns false when ctx is done.
func (e *engine) seat(ctx context.Context) bool {
	for {
		free := e.idleSlots()
		if free == 0 {
			return true
		}
		if free == len(e.slots) {
			select {
			case r := <-e.queue:
				e.start(r)
			case <-ctx.Done():
				return false
			}
			continue
		}
		select {
		case r := <-e.queue:
			e.start(r)
		default:
			return true
		}
	}
}

// start seats one request in a slot whose cells, or whose neighbour's, spare
// the most work.
func (e *engine) start(r *request) {
	if r.ctx.Err() != nil {
		r.fail(context.Cause(r.ctx))
		return
	}
	var g *grammar
	if r.grammar != "" {
		if g = newGrammar(e.model.vocab, r.grammar); g == nil {
			r.fail(grammarError{r.grammar})
			return
		}
	}
	s := e.choose(r.prompt)
	s.req, s.order = r, e.seats
	s.sampler = newSampler(r.sampling, g)
	s.text = answerText{stops: r.stops}
	s.drawn, s.cached, s.output = 0, 0, -1
	e.seats++
	e.count.Busy.Add(1)
	e.plant(s)
}

// dropLeft frees the slots of clients that have gone.
func (e *engine) dropLeft() {
	for _, s := range e.slots {
		if !s.idle() && s.req.ctx.Err() != nil {
			e.release(s, event{err: context.Cause(s.req.ctx)})
		}
	}
}

// release ends a slot's request with its last event. Its cells stay.
func (e *engine) release(s *slot, last event) {
	if s.sampler.grammar != nil {
		s.sampler.grammar.free()
	}
	s.req.events <- last
	s.req, s.sampler, s.after, s.afterReq = nil, nil, nil, nil
	s.output = -1
	e.count.Busy.Add(-1)
}

func (e *engine) failAll(err error) {
	for _, s := range e.slots {
		if !s.idle() {
			e.release(s, event{err: err})
		}
		s.cells = s.cells[:0]
	}
	llama.MemoryClear(e.model.memory, false)
}

func (e *engine) shutDown() {
	e.failAll(errStopped)
	for {
		select {
		case r := <-e.queue:
			r.fail(errStopped)
		default:
			return
		}
	}
}

func (e *engine) idleSlots() int {
	n := 0
	for _, s := range e.slots {
		if s.idle() {
			n++
		}
	}
	return n
}
