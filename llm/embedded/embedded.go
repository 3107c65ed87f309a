// Package embedded runs an open LLM in a child process of this binary, on
// llama.cpp, and has it answer OpenAI's chat protocol on a loopback address
// that only the holder of a per-run secret may use.
//
// A fault inside llama.cpp ends the child, not this process: the child is
// started again behind the same address, and clients that retry notice no more
// than a lost connection. The child ends when this process does.
package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"

	"github.com/gradus-ir/gradus/internal/assets"
)

// Options say which model to run and how; the zero value runs SmolLM2-135M on
// all physical cores.
type Options struct {
	// Model is smollm2 (the default), qwen2.5-coder-1.5b, or the path of a .gguf file.
	Model string
	// Library is the folder of llama.cpp's libraries; empty: the asset llama-cpp.
	Library string
	// Slots is how many requests are answered at once, 16 if 0, at most 64.
	Slots int
	// ContextPerSlot is how many tokens a request's messages and answer may
	// have together, 2,048 if 0; never more than the model was trained for.
	// Memory for Slots × ContextPerSlot tokens is taken at the start.
	ContextPerSlot int
	// Threads computing, the physical cores if 0.
	Threads int
	// Queue is how many requests may wait for a slot, 4 × Slots if 0. More are told 429.
	Queue int
	// Addr is where to listen, 127.0.0.1:0 if empty.
	Addr string
	// Executable and Args start the child, which must call RunChild; by
	// default this program with "llm serve --child".
	Executable string
	Args       []string
	// Crashed, if not nil, is told why a child died that is being replaced. It
	// must not block.
	Crashed func(error)
	// Assets say how to fetch what Model and Library need.
	Assets assets.Options
}

const (
	mostSlots    = 64
	leastContext = 128
)

// Server is a running embedded LLM. Its methods may be called concurrently.
type Server struct {
	orders     orders
	url        string
	executable string
	args       []string
	listener   *os.File
	crashed    func(error)
	done       chan struct{} // closed when no child runs nor will

	mu      sync.Mutex
	process *process // nil while none runs
	closing bool
	err     error
}

// Start fetches what is missing, starts the child and returns when it answers.
// ctx bounds only the start; the server runs until Close, or until its child
// has crashed three times, see Err.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := newServer(ctx, opts)
	if err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go s.supervise(ctx, started)
	select {
	case err = <-started:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newServer(ctx context.Context, opts Options) (*Server, error) {
	s := &Server{executable: opts.Executable, args: opts.Args, crashed: opts.Crashed, done: make(chan struct{})}
	var err error
	if s.orders, err = opts.orders(ctx); err != nil {
		return nil, err
	}
	if s.executable == "" {
		if s.executable, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if s.args == nil {
		s.args = []string{"llm", "serve", "--child"}
	}
	if s.executable, err = exec.LookPath(s.executable); err != nil {
		return nil, err
	}
	addr := opts.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	s.url = "http://" + listener.Addr().String() + "/v1"
	s.listener, err = listener.(*net.TCPListener).File()
	return s, err
}

// orders fills in the defaults and finds the files.
func (opts Options) orders(ctx context.Context) (orders, error) {
	o := orders{
		Library:        opts.Library,
		Slots:          withDefault(opts.Slots, 16),
		ContextPerSlot: withDefault(opts.ContextPerSlot, 2048),
		Threads:        withDefault(opts.Threads, physicalCores()),
	}
	o.Queue = withDefault(opts.Queue, 4*o.Slots)
	switch {
	case o.Slots < 1 || o.Slots > mostSlots:
		return o, fmt.Errorf("slots: want 1 to %d, got %d", mostSlots, o.Slots)
	case o.ContextPerSlot < leastContext:
		return o, fmt.Errorf("context per slot: want at least %d tokens, got %d", leastContext, o.ContextPerSlot)
	case o.Threads < 1:
		return o, fmt.Errorf("threads: want at least 1, got %d", o.Threads)
	case o.Queue < 1:
		return o, fmt.Errorf("queue: want at least 1, got %d", o.Queue)
	}
	var err error
	if o.Name, o.Model, err = findModel(ctx, opts.Model, opts.Assets); err != nil {
		return o, err
	}
	if o.Library == "" {
		if o.Library, err = assets.Path(ctx, "llama-cpp", opts.Assets); err != nil {
			return o, err
		}
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	o.Key = hex.EncodeToString(secret)
	return o, nil
}

func withDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// URL is the base of the protocol, such as http://127.0.0.1:40123/v1. It stays
// the same when the child is replaced.
func (s *Server) URL() string { return s.url }

// Key is the run's secret, the bearer token of every request.
func (s *Server) Key() string { return s.orders.Key }

// Model is the name answers carry: the asset's, or the file's without .gguf.
func (s *Server) Model() string { return s.orders.Name }

// Slots is how many requests are answered at once: more in flight only wait.
func (s *Server) Slots() int { return s.orders.Slots }

// Done is closed when the server has ended, by Close or by a third crash.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server ended by itself, with the child's last words; nil
// while it runs and after Close.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the child and waits for it. Requests under way are failed.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closing = true
	if s.process != nil {
		s.process.stop()
	}
	s.mu.Unlock()
	<-s.done
	return nil
}
