package llm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstDelay = 500 * time.Millisecond
	lastDelay  = 30 * time.Second
	// longestWait is what a server may ask for by Retry-After before the
	// client hands the matter to the caller.
	longestWait = 5 * time.Minute
)

// limits of retries by kind of trouble, below Options.Retries: trying these
// again is costly or seldom helps.
const (
	timeoutRetries = 2
	answerRetries  = 3
	firstDialTries = 3 // before the server has ever answered
)

// attempt is one try at a request.
type attempt struct {
	endpoint *endpoint
	response *http.Response // what the server sent, if it did
	progress func()         // to be called when a part of a streamed answer has come
}

// retry makes attempts until one succeeds, its error is not worth another, or
// the request's or the run's retries are spent.
func (c *Client) retry(ctx context.Context, try func(context.Context, *attempt) error) error {
	var (
		tries   [kinds]int
		all     int
		adapted int
		last    *endpoint // where it failed
	)
	for {
		e, err := c.pool.enter(ctx, last)
		if err != nil {
			return err
		}
		wait, err := c.once(ctx, e, try)
		c.pool.leave(e)
		switch {
		case err == nil:
			c.succeeded()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errAdapted):
			if adapted++; adapted > len(optionalParameters) {
				return fmt.Errorf("LLM server %s refuses parameters that were already left out", e.server)
			}
			continue
		}

		kind := c.kindOf(err)
		tries[kind]++
		last = e
		elsewhere := c.pool.elsewhere(e)
		switch kind {
		case permanent:
			return err
		case dial:
			if !c.pool.down(c.opts.Patience) {
				break
			}
			return &DownError{Server: e.server, Err: bareError(err)}
		default:
			if wait > longestWait && !elsewhere {
				return err
			}
			limit := c.opts.Retries
			switch kind {
			case timeout:
				limit = min(limit, timeoutRetries)
			case badAnswer:
				limit = min(limit, answerRetries)
			}
			if all++; tries[kind] > limit || all > c.opts.Retries {
				return err
			}
			if !c.takeRetry() {
				return fmt.Errorf("%w, the last one because %w", ErrRetries, err)
			}
		}
		if kind == dial || elsewhere && all < len(c.pool.endpoints) {
			continue // the endpoint rests, another need not wait for what this one did
		}
		if wait == 0 || wait > longestWait {
			wait = backOff(tries[kind])
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// once makes one attempt, within the timeout, and turns its error into one of
// this package. wait is what the server asked for, 0 if nothing.
func (c *Client) once(ctx context.Context, e *endpoint, try func(context.Context, *attempt) error) (wait time.Duration, err error) {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.opts.Timeout, func() { cancel(&timeoutError{server: e.server, after: c.opts.Timeout}) })
	defer watch.Stop()
	sent := time.Now()
	a := &attempt{endpoint: e}
	a.progress = func() {
		if watch.Stop() {
			watch = time.AfterFunc(c.opts.StreamTimeout, func() {
				cancel(&timeoutError{server: e.server, after: c.opts.StreamTimeout, stalled: true})
			})
		}
	}
	err = try(limited, a)
	watch.Stop()
	if a.response != nil {
		c.pool.heard(e)
	}
	switch {
	case err == nil:
		c.pool.succeeded(e)
		return 0, nil
	case ctx.Err() != nil || errors.Is(err, errAdapted) || errors.Is(err, ErrNoSchema):
		return 0, err
	}
	wait, err = c.explain(limited, a, err)
	if wait > 0 {
		c.pool.hold(e, wait)
	}
	c.pool.troubled(e, c.kindOf(err), err, sent)
	return wait, err
}

func (c *Client) succeeded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retries = min(c.retries+0.5, float64(c.opts.RunRetries))
}

func (c *Client) takeRetry() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retries < 1 {
		return false
	}
	c.retries--
	return true
}

// backOff is the wait after the n-th failure, n from 1: doubling, the upper
// half of it random.
func backOff(n int) time.Duration {
	delay := lastDelay
	if n < 10 {
		delay = min(firstDelay<<(n-1), lastDelay)
	}
	return delay/2 + rand.N(delay/2)
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

// retryAfter reads the header's two forms, seconds and a date. Nonsense and the past are 0.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		const most = 1e6 // seconds; keeps the product in range
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, most) * float64(time.Second))
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
