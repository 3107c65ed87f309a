package assets

import (
	"io"
	"sync"
	"time"
)

// reporter turns what is staged into calls of Options.Progress that never go back.
type reporter struct {
	mu    sync.Mutex
	stage *staging
	tell  func(asset string, done, total int64)
	most  int64
	last  time.Time
}

func newReporter(s *staging, opts Options) *reporter {
	r := &reporter{stage: s, tell: opts.Progress}
	r.report(0)
	return r
}

// report says that inFlight bytes are on their way besides those staged.
func (r *reporter) report(inFlight int64) {
	if r.tell == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last) < 100*time.Millisecond {
		return
	}
	r.last = time.Now()
	done := inFlight
	for _, file := range r.stage.asset.Files {
		done += r.stage.have(file)
	}
	total := r.stage.asset.Size()
	r.most = max(r.most, min(done, total))
	r.tell(r.stage.asset.Name, r.most, total)
}

// watch reports while body is read.
func (r *reporter) watch(body io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		r.report(0)
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
