package llm

import (
	"math"
	"slices"
	"time"
)

// Auto as Options.Concurrency has the client find how many requests in flight a server makes use of.
const Auto = -1

const (
	firstLimit = 16
	// MostConcurrency is the most requests in flight that Auto ever tries at one server.
	MostConcurrency = 1024

	worthwhile  = 1.1   // times the rate that twice the requests must bring, or we were past the knee
	slack       = 1.125 // above the knee, so that the server never waits for us
	nearEnough  = 0.96  // of the best rate seen, that the limit chosen must bring
	changed     = 0.75  // of the rate, below which the server is not what it was
	longHold    = 64    // windows after which the knee is looked for again
	mostPatient = 8     // windows that pass before more are tried again than were refused
)

// knee finds the number of requests in flight beyond which a server answers
// no more of them a second, only later: it doubles the number while that
// brings more, then goes back to the knee.
//
// By Little's law the knee lies at the rate reached times the latency of an
// unhurried server; the latency is that of a level well below. A refusal (429,
// 503) says it more exactly: the server had as many as were in flight besides.
//
// Rates are counted over windows of a few times the requests in flight, after
// as many have passed that were sent under the limit before. The caller locks.
type knee struct {
	limit int

	climbing bool
	checking bool    // the limit chosen, against the best rate
	levels   []level // of this climb
	best     float64 // rate
	held     int     // windows at this limit
	slow     int     // of them one after the other, slower than the first
	rate     float64 // of the first

	ceiling int // the most that was not refused, 0 where nothing was
	refusal int // the ceiling when it was last refused
	raise   int // of the ceiling, when it is tried again
	patient int // windows until then: more when the server refuses what was raised, at once
	raised  bool
	cutAt   time.Time
	cutFrom int
	proved  bool // an answer has come since the cut

	// The window under way.
	passing, done, full int
	began               time.Time
}

type level struct {
	limit int
	rate  float64 // answers a second
}

func newKnee(now time.Time) *knee {
	k := &knee{climbing: true, cutFrom: firstLimit}
	k.try(now, firstLimit)
	return k
}

// try begins a window at a limit.
func (k *knee) try(now time.Time, limit int) {
	most := MostConcurrency
	if k.ceiling > 0 {
		most = min(most, k.ceiling)
	}
	k.limit = max(1, min(limit, most))
	k.passing, k.done, k.full, k.began = k.limit, 0, 0, now
}

// answered counts an answer that came while as many were in flight, itself among them.
func (k *knee) answered(now time.Time, inFlight int) {
	k.proved = true
	if k.passing > 0 {
		if k.passing--; k.passing == 0 {
			k.began = now
		}
		return
	}
	k.done++
	if float64(inFlight) >= 0.9*float64(k.limit) {
		k.full++
	}
	window := max(3*k.limit, 24)
	switch {
	case k.climbing:
		window = max(2*k.limit, 24)
	case k.ceiling > 0: // not about the rate, but about refusals
		window = 2 * k.limit
	}
	if k.done < window {
		return
	}
	rate := float64(k.done) / max(now.Sub(k.began).Seconds(), 1e-9)
	if k.full*4 < k.done*3 { // the caller has not more to ask: this says nothing
		k.try(now, k.limit)
		return
	}
	switch {
	case k.climbing:
		k.climb(now, rate)
	case k.checking:
		k.check(now, rate)
	default:
		k.hold(now, rate)
	}
}

// climb doubles the limit while that is worthwhile.
func (k *knee) climb(now time.Time, rate float64) {
	k.levels = append(k.levels, level{k.limit, rate})
	k.best = max(k.best, rate)
	n := len(k.levels)
	before := k.limit
	if n == 1 || rate >= k.levels[n-2].rate*worthwhile {
		if k.try(now, 2*k.limit); k.limit > before {
			return
		}
		k.settle(now, k.limit) // that is the most
		return
	}
	if n == 2 && k.levels[0].limit > 1 { // the knee is below where we began
		k.lookAgain(now, k.levels[0].limit/2)
		return
	}
	unhurried := k.levels[max(n-3, 0)]
	k.settle(now, int(math.Ceil(slack*float64(unhurried.limit)*k.best/unhurried.rate)))
}

func (k *knee) settle(now time.Time, limit int) {
	k.climbing, k.checking = false, true
	k.try(now, min(limit, k.levels[len(k.levels)-1].limit))
}

// check raises the limit chosen where latency grows long before the rate stops
// to, as where a GPU takes a larger batch at a slower beat.
func (k *knee) check(now time.Time, rate float64) {
	top := slices.MaxFunc(k.levels, func(a, b level) int { return a.limit - b.limit }).limit
	if rate < nearEnough*k.best && k.limit < top {
		k.try(now, min(top, k.limit+max(1, k.limit/4)))
		return
	}
	k.checking, k.rate, k.held, k.slow = false, rate, 0, 0
	k.try(now, k.limit)
}

// hold looks for the knee again after a while, or when the server has become
// another, from half of what it is.
func (k *knee) hold(now time.Time, rate float64) {
	k.held++
	k.raised = false
	if k.rate == 0 {
		k.rate = rate
	}
	if k.slow++; rate >= changed*k.rate {
		k.slow = 0
	}
	switch {
	case k.ceiling > 0 && 2*k.ceiling >= 3*k.refusal && k.ceiling > k.refusal: // what refused us is over
		k.ceiling = 0
		k.lookAgain(now, k.limit/2)
	case k.ceiling > 0 && k.limit >= k.ceiling && k.held >= k.patient:
		k.ceiling += k.raise
		k.raise *= 2
		k.held, k.raised = k.patient-1, true
		k.try(now, k.ceiling)
	case k.slow >= 2, k.held >= longHold:
		k.lookAgain(now, k.limit/2)
	default:
		k.try(now, k.limit)
	}
}

func (k *knee) lookAgain(now time.Time, from int) {
	k.climbing, k.checking, k.levels, k.best, k.rate, k.held, k.slow = true, false, nil, 0, 0, 0, 0
	k.try(now, from)
}

// refused cuts the limit to the others that were in flight, at most by half
// for all the requests that were sent under the limit before. A server that
// refuses one alone, and has not answered since, does so for another reason.
func (k *knee) refused(now, sent time.Time, others int) {
	if !sent.Before(k.cutAt) && (k.proved || others > 0) {
		if k.raised = k.raised || k.climbing; k.raised {
			k.patient = min(max(1, 2*k.patient), mostPatient)
		} else {
			k.patient = 1
		}
		k.cutAt, k.cutFrom, k.proved, k.raised = now, k.limit, false, false
	}
	limit := max(1, (k.cutFrom+1)/2, min(k.limit, others))
	if limit >= k.limit && k.limit > 1 {
		return
	}
	k.ceiling, k.refusal, k.raise = limit, limit, max(1, limit/8)
	k.climbing, k.checking, k.rate, k.held, k.slow = false, false, 0, 0, 0
	k.try(now, limit)
}
