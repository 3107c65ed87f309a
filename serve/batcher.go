package serve

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/gradus-ir/gradus/encoder"
)

// batcher is the queue before an encoder and the one worker behind it. Texts
// wait in the order they came; whenever the encoder is free it takes as many
// of them, of whatever requests, as the budget of tokens holds. Nothing waits
// for a batch to fill: under load they fill by themselves.
type batcher struct {
	encoder Encoder
	budget  int // tokens a batch, unless one text alone has more
	size    int // tokens that may wait or be under way; no text has more

	room    *semaphore.Weighted // what is left of size
	texts   chan *waiting
	queued  atomic.Int64  // tokens
	rate    atomic.Uint64 // tokens a second of late, as Float64bits; 0 before the first batch
	cold    [][]string    // batches to warm up with, still to be encoded
	warm    func()        // called once none is left
	metrics *metrics
}

// piece is a text on its way, prompt included.
type piece struct {
	text   string
	tokens int // what it counts in the queue and in a batch
}

// leastTokens is what a text counts at least: a short one costs more than its
// tokens, and so a queue holds only so many.
const leastTokens = 8

// waiting is a piece in the queue.
type waiting struct {
	piece
	job    *job
	vector []float32
}

// job is what one request waits for.
type job struct {
	ctx  context.Context
	left int           // pieces; the worker's
	err  error         // the first of its pieces; the worker's until done is closed
	done chan struct{} // closed when no piece is left
}

// busyError says that the queue is full, and when to come again.
type busyError struct{ after time.Duration }

func (e busyError) Error() string {
	return fmt.Sprintf("the queue is full; come again in %d s", seconds(e.after))
}

func newBatcher(e Encoder, limits Limits, m *metrics) *batcher {
	return &batcher{
		encoder: e, budget: limits.BatchTokens, size: limits.QueueTokens, metrics: m,
		room: semaphore.NewWeighted(int64(limits.QueueTokens)),
		// A text has a token at least, so that who has room never waits to send.
		texts: make(chan *waiting, limits.QueueTokens),
	}
}

// encode returns the pieces' vectors, in order. A request that finds no room
// for its first texts is refused with a busyError. A large one goes on in
// shares of the queue, so that others come in between; it waits for room for
// the later ones.
func (b *batcher) encode(ctx context.Context, pieces []piece) ([][]float32, error) {
	vectors := make([][]float32, 0, len(pieces))
	for first := true; len(pieces) > 0; first = false {
		n, tokens := b.share(pieces)
		if first {
			if !b.room.TryAcquire(int64(tokens)) {
				return nil, busyError{b.wait()}
			}
		} else if err := b.room.Acquire(ctx, int64(tokens)); err != nil {
			return nil, err
		}
		done, err := b.submit(ctx, pieces[:n], tokens)
		if err != nil {
			return nil, err
		}
		for _, w := range done {
			vectors = append(vectors, w.vector)
		}
		pieces = pieces[n:]
	}
	return vectors, nil
}

// share is how many of the pieces go into the queue together, and their
// tokens: batches that fill a quarter of it, but one batch, and one piece, at least.
func (b *batcher) share(pieces []piece) (n, tokens int) {
	most := b.budget * max(1, b.size/4/b.budget)
	for _, p := range pieces {
		if n > 0 && tokens+p.tokens > most {
			break
		}
		n++
		tokens += p.tokens
	}
	return n, tokens
}

// submit puts pieces into the queue, for which there is room, and waits for
// their vectors. Where the caller gives up first, the worker passes over what is left of them.
func (b *batcher) submit(ctx context.Context, pieces []piece, tokens int) ([]*waiting, error) {
	b.queued.Add(int64(tokens))
	j := &job{ctx: ctx, left: len(pieces), done: make(chan struct{})}
	list := make([]*waiting, len(pieces))
	for i, p := range pieces {
		list[i] = &waiting{piece: p, job: j}
		b.texts <- list[i]
	}
	select {
	case <-j.done:
		return list, j.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// work encodes what is in the queue until ctx ends; then everything in it fails.
func (b *batcher) work(ctx context.Context) {
	var held *waiting // too large for the batch before
	for {
		first := held
		if first == nil {
			first = b.first(ctx)
		}
		var batch []*waiting
		batch, held = b.collect(first)
		if ctx.Err() != nil {
			b.fail(append(batch, held), ctx.Err())
			return
		}
		if len(batch) > 0 {
			b.run(ctx, batch)
		}
	}
}

// first waits for a text, and while there is none, warms up. It is nil once ctx has ended.
func (b *batcher) first(ctx context.Context) *waiting {
	for len(b.cold) > 0 && ctx.Err() == nil {
		select {
		case w := <-b.texts:
			return w
		default:
			b.warmUp(ctx)
		}
	}
	select {
	case w := <-b.texts:
		return w
	case <-ctx.Done():
		return nil
	}
}

// collect adds to the first text what waits behind it, as far as the budget
// goes; held is the one that no longer fits. Texts of a request that is gone are passed over.
func (b *batcher) collect(first *waiting) (batch []*waiting, held *waiting) {
	tokens := 0
	for w := first; w != nil; {
		switch {
		case w.job.ctx.Err() != nil:
			b.finish(w, w.job.ctx.Err())
		case len(batch) > 0 && tokens+w.tokens > b.budget:
			return batch, w
		default:
			batch = append(batch, w)
			tokens += w.tokens
		}
		select {
		case w = <-b.texts:
		default:
			w = nil
		}
	}
	return batch, nil
}

// run encodes a batch.
func (b *batcher) run(ctx context.Context, batch []*waiting) {
	texts, tokens := make([]string, len(batch)), 0
	for i, w := range batch {
		texts[i] = w.text
		tokens += w.tokens
	}
	start := time.Now()
	vectors, err := b.encoder.Encode(ctx, texts, encoder.EncodeOptions{})
	if err == nil && len(vectors) != len(batch) {
		err = fmt.Errorf("want %d vectors of the encoder, got %d", len(batch), len(vectors))
	}
	took := time.Since(start)
	b.learn(tokens, took)
	b.metrics.batch(len(batch), tokens, took)
	for i, w := range batch {
		if err == nil {
			w.vector = vectors[i]
		}
		b.finish(w, err)
	}
}

// finish gives a piece's room back, and its job the last word once it is the last.
func (b *batcher) finish(w *waiting, err error) {
	b.queued.Add(-int64(w.tokens))
	b.room.Release(int64(w.tokens))
	if w.job.err == nil {
		w.job.err = err
	}
	if w.job.left--; w.job.left == 0 {
		close(w.job.done)
	}
}

// fail ends a batch and everything that waits.
func (b *batcher) fail(batch []*waiting, err error) {
	for _, w := range batch {
		if w != nil {
			b.finish(w, err)
		}
	}
	for {
		select {
		case w := <-b.texts:
			b.finish(w, err)
		default:
			return
		}
	}
}

// learn keeps a running mean of the rate that batches go at.
func (b *batcher) learn(tokens int, took time.Duration) {
	rate := float64(tokens) / max(took.Seconds(), 1e-6)
	if before := math.Float64frombits(b.rate.Load()); before > 0 {
		rate = 0.8*before + 0.2*rate
	}
	b.rate.Store(math.Float64bits(rate))
}

// wait is how long what is in the queue takes, a minute at most.
func (b *batcher) wait() time.Duration {
	const shortest, longest = time.Second, time.Minute
	rate := math.Float64frombits(b.rate.Load())
	if rate == 0 {
		return shortest
	}
	queue := float64(b.queued.Load()) / rate * float64(time.Second)
	return min(max(time.Duration(queue), shortest), longest)
}

// seconds rounds up.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
