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

// retry calls attempt until it succeeds, its error is not worth another try,
// or the request's or the run's retries are spent. attempt stores the
// response, if there was one, where it is told to.
func (c *Client) retry(ctx context.Context, attempt func(ctx context.Context, res **http.Response) error) error {
	var (
		tries   [kinds]int
		all     int
		adapted int
		dialing time.Time // since when no connection could be made
	)
	for {
		if err := c.wait(ctx); err != nil {
			return err
		}
		wait, err := c.once(ctx, attempt)
		switch {
		case err == nil:
			c.succeeded()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errAdapted):
			if adapted++; adapted > len(optionalParameters) {
				return fmt.Errorf("LLM server %s refuses parameters that were already left out", c.server)
			}
			continue
		}

		kind := c.kindOf(err)
		tries[kind]++
		switch kind {
		case permanent:
			return err
		case dial:
			// A server that was up is being restarted, perhaps; one that never
			// answered is rather a wrong address.
			if dialing.IsZero() {
				dialing = time.Now()
			}
			if c.answered.Load() && time.Since(dialing) < c.opts.Patience || !c.answered.Load() && tries[dial] < firstDialTries {
				break
			}
			return &DownError{Server: c.server, Err: bareError(err)}
		default:
			dialing = time.Time{}
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
		if wait == 0 {
			wait = backOff(tries[kind])
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// once makes one attempt within the timeout, and turns its error into one of
// this package. wait is what the server asked for, 0 if nothing.
func (c *Client) once(ctx context.Context, attempt func(context.Context, **http.Response) error) (wait time.Duration, err error) {
	limited, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	var res *http.Response
	err = attempt(limited, &res)
	if res != nil {
		c.answered.Store(true)
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, errAdapted) || errors.Is(err, ErrNoSchema) {
		return 0, err
	}
	wait, err = c.explain(limited, err, res)
	if wait > 0 {
		c.hold(wait)
	}
	return wait, err
}

// hold keeps all requests of the client back: what the server says to one it means for all.
func (c *Client) hold(wait time.Duration) {
	until := time.Now().Add(wait).UnixNano()
	for {
		old := c.holdUntil.Load()
		if old >= until || c.holdUntil.CompareAndSwap(old, until) {
			return
		}
	}
}

// wait returns when the server takes requests again, a little later than it
// said, at random, so that not all come back in the same instant.
func (c *Client) wait(ctx context.Context) error {
	until := c.holdUntil.Load()
	if until == 0 {
		return ctx.Err()
	}
	left := time.Until(time.Unix(0, until))
	if left <= 0 {
		return ctx.Err()
	}
	return sleep(ctx, left+rand.N(firstDelay))
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
