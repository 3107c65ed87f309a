package llm_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/llm"
)

var requests = flag.Int("requests", 20_000, "requests of TestThroughput; 200000 is what docs/llm.md reports")

// capacity is a server that answers so many at once, each within 200 to 800
// ms, half a second on average.
type capacity struct {
	slots  int
	queue  int           // that may wait for a slot; beyond it 429
	batch  time.Duration // more that an answer takes for each other one under way
	flaky  float64       // share of the requests that are refused whatever is under way
	opens  time.Time     // until when all get 503
	atOnce chan struct{}

	mu      sync.Mutex
	inside  int
	most    int
	refused int
	latency time.Duration // of all answers
	answers int
}

func newCapacity(slots, queue int) *capacity {
	return &capacity{slots: slots, queue: queue, atOnce: make(chan struct{}, slots)}
}

// set changes the number of slots; there must be room for so many.
func (c *capacity) set(slots int) {
	for ; c.slots > slots; c.slots-- {
		c.atOnce <- struct{}{}
	}
	for ; c.slots < slots; c.slots++ {
		<-c.atOnce
	}
}

const reply = `{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",` +
	`"message":{"role":"assistant","content":"an answer"}}],"usage":{"prompt_tokens":300,"completion_tokens":100,"total_tokens":400}}`

func response(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
	}
}

func (c *capacity) RoundTrip(req *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, req.Body)
	came := time.Now()
	c.mu.Lock()
	if came.Before(c.opens) {
		c.refused++
		c.mu.Unlock()
		return response(req, http.StatusServiceUnavailable, `{"error":{"message":"Loading model"}}`), nil
	}
	if c.inside >= c.slots+c.queue || rand.Float64() < c.flaky {
		c.refused++
		c.mu.Unlock()
		return response(req, http.StatusTooManyRequests, `{"error":{"message":"too many"}}`), nil
	}
	c.inside++
	c.most = max(c.most, c.inside)
	others := c.inside - 1
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inside--
		c.latency += time.Since(came)
		c.answers++
	}()
	select {
	case c.atOnce <- struct{}{}:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	defer func() { <-c.atOnce }()
	if err := sleep(req.Context(), 200*time.Millisecond+rand.N(600*time.Millisecond)+time.Duration(others)*c.batch); err != nil {
		return nil, err
	}
	return response(req, http.StatusOK, reply), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// flood asks n times, keeping the client supplied with more than it sends on,
// and returns how long that took.
func flood(t *testing.T, client *llm.Client, n, callers int, at func(done int)) time.Duration {
	t.Helper()
	start := time.Now()
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		next   int
	)
	for range callers {
		asking.Go(func() {
			for {
				mu.Lock()
				if next == n {
					mu.Unlock()
					return
				}
				next++
				if at != nil {
					at(next)
				}
				mu.Unlock()
				if _, err := client.Chat(t.Context(), llm.Request{User: "a question", MaxTokens: 100}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	asking.Wait()
	return time.Since(start)
}

// TestKnee lets the client find how many requests servers of several kinds make use of.
func TestKnee(t *testing.T) {
	for _, test := range []struct {
		slots, queue int
		least        float64 // of the server's capacity kept, ramp included
		most         int     // in flight at the end
		refused      int     // at most
	}{
		{slots: 1, queue: 5000, least: 0.97, most: 64},
		{slots: 4, queue: 5000, least: 0.95, most: 64},
		{slots: 40, queue: 5000, least: 0.95, most: 160},
		{slots: 64, queue: 5000, least: 0.94, most: 256},
		{slots: 200, queue: 5000, least: 0.9, most: 800},
		{slots: 40, queue: 0, least: 0.95, most: 44, refused: 600},
		{slots: 64, queue: 32, least: 0.95, most: 104, refused: 600},
		{slots: 3, queue: 0, least: 0.75, most: 4, refused: 600},
	} {
		t.Run(fmt.Sprintf("%d slots, %d may wait", test.slots, test.queue), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newCapacity(test.slots, test.queue)
				client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: llm.Auto})
				if err != nil {
					t.Fatal(err)
				}
				n := 100*test.slots + 2000
				took := flood(t, client, n, 1000, nil)
				kept := float64(n) / took.Seconds() / (2 * float64(test.slots))
				mean := server.latency / time.Duration(server.answers)
				t.Logf("%.1f %% of the capacity kept, %d in flight at the end, %d at most, %d refused, latency %v",
					100*kept, client.Concurrency(), server.most, server.refused, mean.Round(time.Millisecond))
				if kept < test.least {
					t.Errorf("want %.0f %% of the capacity, got %.1f %%", 100*test.least, 100*kept)
				}
				if c := client.Concurrency(); c > test.most || c < test.slots*6/10 {
					t.Errorf("want about %d in flight, got %d", test.slots, c)
				}
				if server.refused > test.refused {
					t.Errorf("want at most %d refused, got %d", test.refused, server.refused)
				}
			})
		})
	}
}

// TestKneeMoves: half of the server's slots are lost to others, later they are back.
func TestKneeMoves(t *testing.T) {
	for _, queue := range []int{5000, 0} {
		t.Run(fmt.Sprint(queue, " may wait"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newCapacity(64, queue)
				client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: llm.Auto})
				if err != nil {
					t.Fatal(err)
				}
				var found []int
				flood(t, client, 30_000, 1000, func(done int) {
					if done%10_000 != 0 {
						return
					}
					found = append(found, client.Concurrency())
					go server.set(map[int]int{10_000: 16, 20_000: 64, 30_000: 64}[done])
				})
				t.Log(found)
				for i, slots := range []int{64, 16, 64} {
					if found[i] < slots*8/10 || found[i] > slots*4 {
						t.Errorf("want about %d in flight, got %d", slots, found[i])
					}
				}
			})
		})
	}
}

// TestKneeOfABatch: where every further request makes all others a little
// slower, the rate still grows long after the latency has begun to.
func TestKneeOfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newCapacity(5000, 0)
		server.batch = 25 * time.Millisecond // so 40 a second at most, half of that with 20 in flight
		client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: llm.Auto})
		if err != nil {
			t.Fatal(err)
		}
		took := flood(t, client, 10_000, 1000, nil)
		kept := 10_000 / took.Seconds() / 40
		t.Logf("%.1f %% of what endless requests would bring, %d in flight", 100*kept, client.Concurrency())
		if c := client.Concurrency(); kept < 0.75 || c < 60 || c > 400 {
			t.Errorf("want most of the rate without endless requests, got %.1f %% with %d", 100*kept, c)
		}
	})
}

// TestRefusalsOfEveryKind: a server that refuses one in a hundred for reasons
// of its own, and none at all for a minute, is asked for as much as before.
func TestRefusalsOfEveryKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newCapacity(64, 5000)
		server.flaky = 0.01
		client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: llm.Auto, RunRetries: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		took := flood(t, client, 10_000, 1000, nil)
		kept := 10_000 / took.Seconds() / 128
		t.Logf("%.1f %% of the capacity kept, %d in flight, %d refused", 100*kept, client.Concurrency(), server.refused)
		if kept < 0.5 {
			t.Errorf("want more than half of the capacity, got %.1f %%", 100*kept)
		}
		server.flaky, server.refused = 0, 0
		server.opens = time.Now().Add(time.Minute)
		took = flood(t, client, 10_000, 1000, nil) - time.Minute
		kept = 10_000 / took.Seconds() / 128
		t.Logf("after a minute away: %.1f %% of the capacity kept, %d in flight, %d refused", 100*kept, client.Concurrency(), server.refused)
		if kept < 0.7 || server.refused > 100 {
			t.Errorf("want most of the capacity and few requests in vain, got %.1f %%, %d", 100*kept, server.refused)
		}
	})
}

// TestTimeoutsCutTheConcurrency: a server that chokes on many at once is asked by fewer.
func TestTimeoutsCutTheConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newCapacity(4, 5000)
		client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: llm.Auto, Timeout: 1500 * time.Millisecond, RunRetries: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		flood(t, client, 2000, 50, nil)
		if c := client.Concurrency(); c > 9 {
			t.Errorf("want few enough to be answered in time, got %d", c)
		}
	})
}

// TestThroughput has 64 in flight, as many as the server takes: what the client does besides must cost it nothing,
// and many requests no more memory than few.
func TestThroughput(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, test := range []struct {
		name        string
		concurrency int
		least       float64 // the search takes its part of a short run
	}{{"64", 64, 0.97}, {"auto", llm.Auto, 0.94}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newCapacity(64, 1000)
				client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "m", Transport: server, Concurrency: test.concurrency})
				if err != nil {
					t.Fatal(err)
				}
				var half, end uint64
				took := flood(t, client, *requests, 1000, func(done int) {
					switch done {
					case *requests / 2:
						half = heap()
					case *requests:
						end = heap()
					}
				})
				kept := float64(*requests) / took.Seconds() / 128
				t.Logf("%d requests in %v of the server's time: %.2f a second, %.1f %% of its capacity; %d KiB of heap after half of them, %d at the end",
					*requests, took.Round(time.Second), float64(*requests)/took.Seconds(), 100*kept, half>>10, end>>10)
				if kept < test.least {
					t.Errorf("want %.0f %% of the capacity, got %.1f", 100*test.least, 100*kept)
				}
				if end > 32<<20 {
					t.Errorf("want no more memory for many requests, got %d KiB", end>>10)
				}
			})
		})
	}
}

// heap is what is in use, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
