package serve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// working is a batcher whose worker runs until the test ends.
func working(t *testing.T, f *fake, limits Limits) *batcher {
	t.Helper()
	b := newBatcher(f, limits, newMetrics())
	ctx, cancel := context.WithCancel(context.Background())
	var worker sync.WaitGroup
	worker.Go(func() { b.work(ctx) })
	t.Cleanup(func() {
		cancel()
		worker.Wait()
	})
	return b
}

func pieces(n, tokens int) []piece {
	list := make([]piece, n)
	for i := range list {
		list[i] = piece{fmt.Sprint("text ", i), tokens}
	}
	return list
}

// eventually waits for what another goroutine brings about.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("want %s within 10 s", what)
}

// What waits while the encoder is busy is encoded together, as far as the
// budget goes, and everybody gets the vectors of their own texts.
func TestBatchesFillWhileTheEncoderIsBusy(t *testing.T) {
	f := newFake()
	gate := f.hold()
	b := working(t, f, Limits{BatchTokens: 10, QueueTokens: 100})
	var clients sync.WaitGroup
	ask := func(text string) {
		clients.Go(func() {
			vectors, err := b.encode(t.Context(), []piece{{text, 2}, {text + " more", 3}})
			if err != nil || !slices.Equal(vectors[0], f.vector(text)) || !slices.Equal(vectors[1], f.vector(text+" more")) {
				t.Errorf("%s: want its own vectors, got %v, %v", text, vectors, err)
			}
		})
	}
	ask("first")
	eventually(t, "a batch under way", func() bool { return len(f.seen()) == 1 })
	for i := range 5 {
		ask(fmt.Sprint("client ", i))
		eventually(t, "it queued", func() bool { return b.queued.Load() == int64(5*(i+2)) })
	}
	close(gate)
	clients.Wait()
	var sizes []int
	for _, batch := range f.seen() {
		sizes = append(sizes, len(batch))
	}
	if !slices.Equal(sizes, []int{2, 4, 4, 2}) {
		t.Errorf("want batches of 2, then of 10 tokens, got %v: %q", sizes, f.seen())
	}
}

func TestFullQueueRefusesAtOnce(t *testing.T) {
	f := newFake()
	gate := f.hold()
	b := working(t, f, Limits{BatchTokens: 10, QueueTokens: 20})
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			if _, err := b.encode(t.Context(), pieces(1, 10)); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "a full queue", func() bool { return b.queued.Load() == 20 })
	var busy busyError
	if _, err := b.encode(t.Context(), pieces(1, 1)); !errors.As(err, &busy) || busy.after < time.Second {
		t.Errorf("want it busy, for a second at least, got %v", err)
	}
	close(gate)
	clients.Wait()
	if _, err := b.encode(t.Context(), pieces(2, 10)); err != nil {
		t.Errorf("want room again, got %v", err)
	}
}

// The time to come back is that of what is queued, at the rate of late.
func TestWaitFollowsTheRate(t *testing.T) {
	b := newBatcher(newFake(), Limits{BatchTokens: 1, QueueTokens: 10}, newMetrics())
	for _, c := range []struct {
		queued int64
		took   time.Duration
		want   time.Duration
	}{{5000, 0, time.Second}, {5000, time.Second, 5 * time.Second}, {10, time.Second, time.Second}, {1 << 40, time.Second, time.Minute}} {
		b.queued.Store(c.queued)
		b.rate.Store(0)
		if c.took > 0 {
			b.learn(1000, c.took)
		}
		if got := b.wait(); got != c.want {
			t.Errorf("%d tokens at 1000 in %v: want %v, got %v", c.queued, c.took, c.want, got)
		}
	}
}

// A request larger than the queue goes through in shares, and a small one that
// comes later does not wait for all of it.
func TestLargeRequestLetsOthersIn(t *testing.T) {
	f := newFake()
	gate := f.hold()
	b := working(t, f, Limits{BatchTokens: 10, QueueTokens: 40})
	large := make(chan error, 1)
	go func() {
		vectors, err := b.encode(t.Context(), pieces(100, 10))
		if err == nil && len(vectors) != 100 {
			err = fmt.Errorf("got %d vectors", len(vectors))
		}
		large <- err
	}()
	eventually(t, "a batch under way", func() bool { return len(f.seen()) == 1 })
	small := make(chan error, 1)
	go func() {
		_, err := b.encode(t.Context(), pieces(1, 10))
		small <- err
	}()
	eventually(t, "it queued", func() bool { return b.queued.Load() == 20 })
	for range 3 { // the large one's first text, the small one's, one more
		gate <- struct{}{}
	}
	if err := <-small; err != nil {
		t.Error(err)
	}
	close(gate)
	if err := <-large; err != nil {
		t.Error(err)
	}
}

// A batch that fails fails its requests and no other, and the worker goes on.
func TestFaultStaysInItsBatch(t *testing.T) {
	f := newFake()
	fault := errors.New("the device is gone")
	f.fail(func(texts []string) error {
		if strings.Contains(strings.Join(texts, ""), "bad") {
			return fault
		}
		return nil
	})
	b := working(t, f, Limits{BatchTokens: 10, QueueTokens: 20})
	for _, c := range []struct {
		text string
		want error
	}{{"good", nil}, {"bad", fault}, {"good", nil}} {
		if _, err := b.encode(t.Context(), []piece{{c.text, 3}}); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", c.text, c.want, err)
		}
	}
}

// Whoever gives up, and whenever: what was taken of the queue is given back.
func TestRoomComesBack(t *testing.T) {
	f := newFake()
	b := working(t, f, Limits{BatchTokens: 16, QueueTokens: 64})
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 1))
			for range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(2) == 0 {
					time.AfterFunc(time.Duration(random.IntN(300))*time.Microsecond, cancel)
				}
				var busy busyError
				_, err := b.encode(ctx, pieces(1+random.IntN(30), 1+random.IntN(4)))
				if err != nil && !errors.As(err, &busy) && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	clients.Wait()
	eventually(t, "an empty queue", func() bool { return b.queued.Load() == 0 })
	if !b.room.TryAcquire(64) {
		t.Error("want all room back, got less")
	}
	for _, batch := range f.seen() {
		if len(batch) == 0 {
			t.Error("got an empty batch")
		}
	}
}

// Texts of a request that is gone are not encoded.
func TestGoneRequestsArePassedOver(t *testing.T) {
	f := newFake()
	gate := f.hold()
	b := working(t, f, Limits{BatchTokens: 10, QueueTokens: 100})
	first := make(chan error, 1)
	go func() {
		_, err := b.encode(t.Context(), pieces(1, 10))
		first <- err
	}()
	eventually(t, "a batch under way", func() bool { return len(f.seen()) == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.encode(ctx, []piece{{"gone", 1}}); !errors.Is(err, context.Canceled) {
		t.Errorf("want it cancelled, got %v", err)
	}
	close(gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := b.encode(t.Context(), []piece{{"here", 1}}); err != nil {
		t.Error(err)
	}
	if got := f.seen(); len(got) != 2 || !slices.Equal(got[1], []string{"here"}) {
		t.Errorf("want the gone text left out, got %q", got)
	}
}

// Warming up gives way to requests, covers every length up to the longest, and ends.
func TestWarmUp(t *testing.T) {
	const longest, budget = 70, 200
	f := newFake()
	gate := f.hold()
	warm := make(chan struct{})
	b := newBatcher(f, Limits{BatchTokens: budget, QueueTokens: 1000}, newMetrics())
	b.cold, b.warm = coldBatches(longest, budget), func() { close(warm) }
	ctx, cancel := context.WithCancel(context.Background())
	var worker sync.WaitGroup
	worker.Go(func() { b.work(ctx) })
	defer worker.Wait()
	defer cancel()

	eventually(t, "a first batch", func() bool { return len(f.seen()) == 1 })
	asked := make(chan error, 1)
	go func() {
		_, err := b.encode(t.Context(), []piece{{"asked", 3}})
		asked <- err
	}()
	eventually(t, "it queued", func() bool { return b.queued.Load() == 3 })
	gate <- struct{}{}
	gate <- struct{}{}
	if err := <-asked; err != nil {
		t.Error(err)
	}
	if got := f.seen()[1]; !slices.Equal(got, []string{"asked"}) {
		t.Errorf("want the request before the next cold batch, got %q", got)
	}
	close(gate)
	<-warm
	most := make(map[int]int) // length → texts
	for _, batch := range f.seen() {
		length := len(f.Tokenize(batch[0], 1000))
		most[length] = max(most[length], len(batch))
		if length*len(batch) > budget {
			t.Errorf("want batches of %d tokens at most, got %d texts of %d", budget, len(batch), length)
		}
	}
	for _, length := range []int{16, 32, 48, 64, longest} {
		if most[length] != budget/length {
			t.Errorf("length %d: want up to %d texts, got %d", length, budget/length, most[length])
		}
	}
}
