package generate

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/llm"
)

// gate lets a number of requests through at once. Of those waiting the one of
// the earliest query goes first.
type gate struct {
	most  int
	limit func() int // may be less than most, and change while a request is inside; nil is most

	mu      sync.Mutex
	inside  int
	waiting waiters
	idle    chan struct{} // holds a word while somebody left and nobody waited
}

type waiter struct {
	place int
	pass  chan struct{}
	index int // in the heap, -1 once let through
}

func newGate(most int) *gate { return &gate{most: most, idle: make(chan struct{}, 1)} }

// follow has the gate let no more through than the client, if there is one,
// finds of use. Requests that it would keep waiting wait here, where the
// earliest query goes first.
func (g *gate) follow(client *llm.Client) *gate {
	if client != nil {
		g.limit = client.Concurrency
	}
	return g
}

// free reports whether one more may go through. It is called under the lock.
func (g *gate) free() bool {
	most := g.most
	if g.limit != nil {
		if limit := g.limit(); limit > 0 {
			most = min(most, limit)
		}
	}
	return g.inside < most
}

// settle is how long a query that was let in may take to ask what it can ask
// at once. It is nothing beside an answer's time.
const settle = time.Millisecond

// wantsMore waits until those inside leave a place free that nobody waits for.
func (g *gate) wantsMore(ctx context.Context) error {
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		g.mu.Lock()
		free := g.free() && len(g.waiting) == 0
		g.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-g.idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enter waits for a place; leave must follow unless it returns an error.
func (g *gate) enter(ctx context.Context, place int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	w := &waiter{place: place, pass: make(chan struct{})}
	heap.Push(&g.waiting, w)
	g.admit()
	g.mu.Unlock()
	select {
	case <-w.pass:
		return nil
	case <-ctx.Done():
		g.mu.Lock()
		if w.index >= 0 {
			heap.Remove(&g.waiting, w.index)
			g.mu.Unlock()
		} else { // let through in the same instant
			g.mu.Unlock()
			g.leave()
		}
		return ctx.Err()
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.admit()
	if len(g.waiting) == 0 {
		select {
		case g.idle <- struct{}{}:
		default:
		}
	}
}

// admit lets through whom there is room for.
func (g *gate) admit() {
	for len(g.waiting) > 0 && g.free() {
		g.inside++
		close(heap.Pop(&g.waiting).(*waiter).pass)
	}
}

// waiters is a heap by place.
type waiters []*waiter

func (w waiters) Len() int           { return len(w) }
func (w waiters) Less(i, j int) bool { return w[i].place < w[j].place }
func (w waiters) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].index, w[j].index = i, j
}
func (w *waiters) Push(x any) {
	x.(*waiter).index = len(*w)
	*w = append(*w, x.(*waiter))
}
func (w *waiters) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	last.index = -1
	return last
}
