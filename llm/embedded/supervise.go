package embedded

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

const (
	// mostCrashes ends the server: what has failed so often will again.
	mostCrashes = 3
	// A child that has lived this long starts with a clean record.
	cleanRecord = 10 * time.Minute
	// startTime is how long a child may take to load its model.
	startTime = 5 * time.Minute
	// graceToStop is how long a child may take to end when told to.
	graceToStop = 5 * time.Second
)

// supervise keeps one child running. It reports on started once, when the
// first child answers or cannot.
//
// It stays on one thread: Linux sends the parent-death signal when the thread
// that started the child ends, not when the process does.
func (s *Server) supervise(ctx context.Context, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	defer s.listener.Close()

	p, err := s.launch(ctx)
	started <- err
	if err != nil {
		return
	}
	for crashes := 0; ; {
		born := time.Now()
		var why error
		if p != nil {
			why = p.wait()
		}
		if s.forget() {
			return
		}
		if time.Since(born) > cleanRecord {
			crashes = 0
		}
		if err != nil {
			why = err
		}
		if crashes++; crashes >= mostCrashes {
			s.end(fmt.Errorf("the embedded LLM %s crashed %d times: %w", s.Model(), crashes, why))
			return
		}
		if s.crashed != nil {
			s.crashed(why)
		}
		p, err = s.launch(context.Background())
	}
}

// forget drops the process that has ended and says whether that was wanted.
func (s *Server) forget() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = nil
	return s.closing
}

func (s *Server) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// launch starts a child and waits until it answers. Where it does not, no
// process is left.
func (s *Server) launch(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil, context.Canceled
	}
	p, err := startProcess(s.executable, s.args, s.listener, s.orders)
	s.process = p
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx); err != nil {
		p.kill()
		<-p.ended
		return nil, fmt.Errorf("starting the embedded LLM %s: %w", s.Model(), err)
	}
	return p, nil
}
