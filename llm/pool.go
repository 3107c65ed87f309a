package llm

import (
	"container/list"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// An endpoint is left alone after a failure, for a time that doubles from the
// first to the last; the only one not for so long.
const (
	firstRest    = 500 * time.Millisecond
	lastRest     = time.Minute
	lastRestOnly = 10 * time.Second
)

// pool hands out places at the endpoints, in the order they are asked for.
type pool struct {
	endpoints []*endpoint
	most      int // requests in flight at all endpoints together; 0 is no bound

	mu       sync.Mutex
	inFlight int
	waiting  list.List   // of *waiter
	alarm    *time.Timer // dispatches when a hold or a rest is over
}

type waiter struct {
	place chan *endpoint // receives one
	avoid *endpoint      // where the last attempt failed
	held  bool           // a server's wish kept it waiting
}

// enter waits for a place, rather not at avoid; leave must follow unless it returns an error.
func (p *pool) enter(ctx context.Context, avoid *endpoint) (*endpoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{place: make(chan *endpoint, 1), avoid: avoid}
	p.mu.Lock()
	mine := p.waiting.PushBack(w)
	p.dispatch()
	p.mu.Unlock()
	select {
	case e := <-w.place:
		if w.held { // not all in the instant that the hold ends
			if err := sleep(ctx, rand.N(firstDelay)); err != nil {
				p.leave(e)
				return nil, err
			}
		}
		return e, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.waiting.Remove(mine)
	p.mu.Unlock()
	select {
	case e := <-w.place: // in the same instant
		p.leave(e)
	default:
	}
	return nil, ctx.Err()
}

func (p *pool) leave(e *endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.inFlight--
	p.inFlight--
	p.dispatch()
}

// dispatch gives those who wait the places there are. It runs whenever
// something has changed, under the lock.
func (p *pool) dispatch() {
	now := time.Now()
	for p.waiting.Len() > 0 {
		first := p.waiting.Front()
		w := first.Value.(*waiter)
		e := p.choose(now, w.avoid)
		if e == nil {
			p.setAlarm(now)
			return
		}
		p.waiting.Remove(first)
		if e.failures > 0 { // one request sees whether it is well again
			p.rest(e, now)
		}
		e.inFlight++
		p.inFlight++
		w.place <- e
	}
}

// choose is the endpoint with room that has least to do for its weight, nil where none has room.
func (p *pool) choose(now time.Time, avoid *endpoint) *endpoint {
	if p.most > 0 && p.inFlight >= p.most {
		return nil
	}
	var best *endpoint
	for _, e := range p.endpoints {
		if !e.hasRoom(now) {
			continue
		}
		if best == nil || best == avoid || e != avoid && e.load() < best.load() {
			best = e
		}
	}
	return best
}

func (e *endpoint) load() float64 { return float64(e.inFlight) / e.weight }

func (e *endpoint) hasRoom(now time.Time) bool {
	return e.open(now) && (e.knee == nil || e.inFlight < e.knee.limit || e.failures > 0)
}

// open reports that the endpoint is neither held nor resting.
func (e *endpoint) open(now time.Time) bool {
	return !now.Before(e.holdUntil) && !now.Before(e.restUntil)
}

// setAlarm has dispatch run again when the next hold or rest ends.
func (p *pool) setAlarm(now time.Time) {
	var next time.Time
	held := false
	for _, e := range p.endpoints {
		opens := e.holdUntil
		if e.restUntil.After(opens) {
			opens = e.restUntil
		}
		if e.holdUntil.After(now) {
			held = true
		}
		if opens.After(now) && (next.IsZero() || opens.Before(next)) {
			next = opens
		}
	}
	if next.IsZero() {
		return // a leave will do it
	}
	for w := p.waiting.Front(); w != nil && held; w = w.Next() {
		w.Value.(*waiter).held = true
	}
	if p.alarm != nil {
		p.alarm.Stop()
	}
	p.alarm = time.AfterFunc(next.Sub(now), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}

// hold keeps all requests back from an endpoint: what the server says to one it means for all.
func (p *pool) hold(e *endpoint, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(wait); until.After(e.holdUntil) {
		e.holdUntil = until
	}
}

// succeeded notes an answer.
func (p *pool) succeeded(e *endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.answers++
	e.failures = 0
	e.restUntil = time.Time{}
	if e.knee != nil {
		e.knee.answered(time.Now(), e.inFlight)
	}
}

// troubled notes a failure. An endpoint that is not the only one is left alone for a while.
func (p *pool) troubled(e *endpoint, trouble kind, err error, sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.failed++
	e.last = err
	now := time.Now()
	if e.knee != nil {
		switch trouble {
		case overload:
			e.knee.refused(now, sent, e.inFlight-1)
		case timeout:
			e.knee.refused(now, sent, 0)
		}
	}
	if trouble == dial && e.downSince.IsZero() {
		e.downSince = now
	}
	if e.failures > 0 && sent.Before(e.failedAt) || !p.rests(e, trouble, err) {
		return // many in flight fail together
	}
	e.failures++
	e.failedAt = now
	p.rest(e, now)
}

// rests reports whether an endpoint is left alone after a failure: one of
// several after all that are not about a request or about too many of them,
// the only one while it is not there or not ready: it says 503, or refuses
// what is alone in flight.
func (p *pool) rests(e *endpoint, trouble kind, err error) bool {
	var status *StatusError
	unready := errors.As(err, &status) && status.Code == http.StatusServiceUnavailable || trouble == overload && e.inFlight == 1
	switch {
	case trouble == dial || unready:
		return true
	case trouble == permanent || trouble == overload:
		return false
	}
	return len(p.endpoints) > 1
}

// rest leaves the endpoint alone for a time that grows with its failures.
func (p *pool) rest(e *endpoint, now time.Time) {
	last := lastRest
	if len(p.endpoints) == 1 {
		last = lastRestOnly
	}
	rest := min(firstRest<<min(e.failures-1, 10), last)
	e.restUntil = now.Add(rest/2 + rand.N(rest/2))
}

// down reports that no endpoint can be connected to: for a while, if one was
// ever there, since it may be starting again; else after a few tries, as the
// address will be wrong.
func (p *pool) down(patience time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	answered := slices.ContainsFunc(p.endpoints, func(e *endpoint) bool { return e.answered })
	return !slices.ContainsFunc(p.endpoints, func(e *endpoint) bool {
		return e.downSince.IsZero() || answered && time.Since(e.downSince) < patience || !answered && e.failures < firstDialTries
	})
}

// elsewhere reports whether another endpoint takes requests.
func (p *pool) elsewhere(than *endpoint) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, e := range p.endpoints {
		if e != than && e.open(now) {
			return true
		}
	}
	return false
}

// heard notes a reply, of whatever kind.
func (p *pool) heard(e *endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.answered = true
	e.downSince = time.Time{}
}

// concurrency is how many requests are of use in flight, 0 where nobody bounds them.
func (p *pool) concurrency() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most > 0 {
		return p.most
	}
	sum, now := 0, time.Now()
	for _, e := range p.endpoints {
		switch {
		case e.knee == nil:
			return 0
		case e.failures > 0 || now.Before(e.restUntil):
			sum++
		default:
			sum += e.knee.limit
		}
	}
	return sum
}

func (p *pool) report() []EndpointReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	var reports []EndpointReport
	for _, e := range p.endpoints {
		r := EndpointReport{Server: e.server, Answers: e.answers, Failures: e.failed, Last: e.last}
		if e.knee != nil {
			r.Concurrency = e.knee.limit
		}
		reports = append(reports, r)
	}
	return reports
}
