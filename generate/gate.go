package generate

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// gate lets a number of requests through at once. Of those waiting the one of
// the earliest query goes first.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting waiters
	idle    chan struct{} // holds a word while somebody left and nobody waited
}

type waiter struct {
	place int
	pass  chan struct{}
	index int // in the heap, -1 once let through
}

func newGate(most int) *gate { return &gate{free: most, idle: make(chan struct{}, 1)} }

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
		free := g.free > 0
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
	if g.free > 0 { // nobody waits then
		g.free--
		g.mu.Unlock()
		return nil
	}
	w := &waiter{place: place, pass: make(chan struct{})}
	heap.Push(&g.waiting, w)
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
	if len(g.waiting) == 0 {
		g.free++
		select {
		case g.idle <- struct{}{}:
		default:
		}
		return
	}
	close(heap.Pop(&g.waiting).(*waiter).pass)
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
