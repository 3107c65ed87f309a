package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is requests on their way and what came of them.
type load struct {
	options
	all    []string
	client *http.Client
	next   atomic.Int64

	mu       sync.Mutex
	took     []time.Duration // of the requests answered with vectors
	refused  []time.Duration // of those answered 429
	failures map[string]int
}

func newLoad(o options, texts []string) *load {
	l := &load{options: o, all: texts, client: &http.Client{
		Timeout: 2 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 4096},
	}}
	l.begin()
	return l
}

// begin forgets what was measured.
func (l *load) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took, l.refused, l.failures = nil, nil, make(map[string]int)
}

// ready waits until the server is warmed up.
func (l *load) ready(ctx context.Context) error {
	for range 1200 {
		answer, err := l.client.Get(l.url + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(250 * time.Millisecond)
	}
	return errors.New("want the server ready within 5 minutes")
}

// closed lets the clients ask, each one request after another, and returns the
// time until the last of them has its answer.
func (l *load) closed(ctx context.Context, long time.Duration) time.Duration {
	start := time.Now()
	end := start.Add(long)
	var clients sync.WaitGroup
	for range l.clients {
		clients.Go(func() {
			for time.Now().Before(end) {
				l.one(ctx)
			}
		})
	}
	clients.Wait()
	return time.Since(start)
}

// one sends the next texts and takes note of the answer.
func (l *load) one(ctx context.Context) {
	first := int(l.next.Add(int64(l.texts)))
	texts := make([]string, l.texts)
	for i := range texts {
		texts[i] = l.all[(first+i)%len(l.all)]
	}
	start := time.Now()
	status, _, err := l.send(ctx, texts)
	took := time.Since(start)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.failures[err.Error()]++
	case status == http.StatusOK:
		l.took = append(l.took, took)
	case status == http.StatusTooManyRequests:
		l.refused = append(l.refused, took)
	default:
		l.failures[http.StatusText(status)]++
	}
}

func (l *load) send(ctx context.Context, texts []string) (status int, body []byte, err error) {
	request, err := json.Marshal(map[string]any{"model": "minilm", "input": texts, "truncate": true})
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/v1/embeddings", bytes.NewReader(request))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := l.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// save writes vectors, to be held against another server's.
func (l *load) save(ctx context.Context, path string) error {
	const some = 64
	status, body, err := l.send(ctx, l.all[:some])
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("want vectors, got %d %s", status, body)
	}
	return os.WriteFile(path, body, 0o666)
}

// print is a line of the table.
func (l *load) print(long, used time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rate := float64(len(l.took)) / long.Seconds()
	texts := float64(l.texts * len(l.took))
	fmt.Printf("| %s | %d | %d | %.1f | %.0f | %.0f | %.1f |\n", l.name, l.clients, l.texts,
		rate*float64(l.texts), quantile(l.took, 0.5), quantile(l.took, 0.99), 1000*used.Seconds()/max(1, texts))
}

// quantile is of durations, in ms.
func quantile(took []time.Duration, q float64) float64 {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Microseconds()) / 1000
}

// fault is an error where a request got neither vectors nor a refusal for now.
func (l *load) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) > 0 {
		return fmt.Errorf("want vectors or 429, got %v", l.failures)
	}
	return nil
}
