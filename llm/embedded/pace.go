package embedded

import "time"

// pace chooses how many threads compute. ggml's threads wait for each other a
// thousand times a token by spinning: where another program takes one of the
// cores, a thread that is not running keeps all others spinning, and two threads
// become thirty times slower than one. So threads are given up while the
// processors are contended, and taken back when they no longer are.
type pace struct {
	most  int // threads allowed
	now   int // threads in use
	wall  time.Duration
	cpu   time.Duration
	quiet time.Duration // without contention since the last change
	trust time.Duration // quiet needed before a thread is taken back
}

const (
	paceWindow = 250 * time.Millisecond // over which contention is judged
	// fullUse is the share of its threads' time that an undisturbed engine
	// really computes; the rest is Go's and the HTTP server's.
	fullUse    = 0.85
	leastTrust = 2 * time.Second
	mostTrust  = 64 * time.Second
)

func newPace(most int) *pace { return &pace{most: most, now: most, trust: leastTrust} }

// observe takes a decode's duration and the processor time spent in it, and
// says whether now has changed.
func (p *pace) observe(wall, cpu time.Duration) bool {
	p.wall += wall
	p.cpu += cpu
	if p.wall < paceWindow {
		return false
	}
	use := float64(p.cpu) / (float64(p.wall) * float64(p.now))
	window := p.wall
	p.wall, p.cpu = 0, 0
	if use < fullUse {
		p.quiet = 0
		if p.now == 1 {
			return false
		}
		p.now--
		p.trust = min(2*p.trust, mostTrust)
		return true
	}
	p.quiet += window
	if p.now == p.most {
		if p.quiet > p.trust {
			p.trust = leastTrust
		}
		return false
	}
	if p.quiet < p.trust {
		return false
	}
	p.now++
	p.quiet = 0
	return true
}
