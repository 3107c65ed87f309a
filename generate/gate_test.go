package generate

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestGateFollowsALimit that grows, shrinks and grows again while requests are inside.
func TestGateFollowsALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limit atomic.Int64
		limit.Store(2)
		g := newGate(5)
		g.limit = func() int { return int(limit.Load()) }
		var mu sync.Mutex
		var order []int
		for place := range 20 {
			go func() {
				if err := g.enter(t.Context(), 100-place); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, place)
				mu.Unlock()
				time.Sleep(time.Minute)
				g.leave()
			}()
			synctest.Wait()
		}
		check := func(want int) {
			t.Helper()
			synctest.Wait()
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.inside != want {
				t.Errorf("want %d inside, got %d", want, g.inside)
			}
		}
		check(2)
		limit.Store(9) // the gate's own bound holds
		time.Sleep(time.Minute)
		check(5)
		limit.Store(1)
		time.Sleep(time.Minute)
		check(1)
		limit.Store(0) // nobody says
		time.Sleep(time.Minute)
		check(5)
		time.Sleep(time.Hour)
		check(0)
		// The first two found it open; of the others the earliest query, the last to come, went first.
		// Those let through in the same instant, five at most, are noted in any order.
		if len(order) != 20 || !slices.Equal(order[:2], []int{0, 1}) || !slices.Contains(order[2:7], 19) || !slices.Contains(order[15:], 2) {
			t.Errorf("want the order of the queries, got %v", order)
		}
	})
}

func TestGateForgetsWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if err := g.enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- g.enter(ctx, 0) }()
		synctest.Wait()
		cancel()
		if err := <-gone; err == nil {
			t.Error("want the cancelled context's error, got none")
		}
		g.leave()
		if err := g.enter(t.Context(), 2); err != nil || g.inside != 1 {
			t.Errorf("want the place free again, got %v with %d inside", err, g.inside)
		}
	})
}

// TestGateFollowsTheClient, which begins low and finds what the server makes use of.
func TestGateFollowsTheClient(t *testing.T) {
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Transport: llmtest.Transport(&llmtest.Server{}), Concurrency: llm.Auto})
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(client.MostInFlight()).follow(client)
	for i := range client.Concurrency() {
		if err := g.enter(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	if g.free() {
		t.Errorf("want no more than %d let through", client.Concurrency())
	}
	if g := newGate(3).follow(nil); !g.free() {
		t.Error("want a gate without a client to be its own")
	}
}
