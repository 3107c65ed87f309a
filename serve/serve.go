package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/lexical"
)

// Encoder turns texts into vectors; *encoder.Model is one. It is called from
// many goroutines, Encode from one at a time.
type Encoder interface {
	Dimensions() int
	Tokenize(text string, maxLength int) []int32
	PromptFor(role string) string
	Encode(ctx context.Context, texts []string, opts encoder.EncodeOptions) ([][]float32, error)
}

// Retriever is an encoder and the vectors it made of the collection's documents.
type Retriever struct {
	Name      string // what requests call it
	Encoder   Encoder
	MaxLength int            // tokens of a text
	Vectors   *index.Vectors // nil where it is for embeddings alone
}

// Options are what a server serves. It closes none of it.
type Options struct {
	Retrievers []Retriever    // the first is the default; a second one is there to be compared
	Collection *Collection    // nil: embeddings alone
	Words      *lexical.Index // of the collection's documents in their order; nil: no search by words
	Report     fs.FS          // an experiment's report, for the page to link to; nil is none
	Token      string         // what clients must show; "" lets in whoever speaks to a loopback name of this machine
	Limits     Limits
	Log        *slog.Logger // of faults inside the server; nil logs nothing
}

// Limits bound what a server takes on. A field that is 0 has its default.
type Limits struct {
	BatchTokens int           // tokens an encoder takes at once; 1536
	QueueTokens int           // tokens that wait for an encoder or are under way in it; 8192
	BodyBytes   int64         // of a request; 4 MiB
	Texts       int           // of a request for embeddings; 2048
	Connections int           // open at once, others wait to be accepted; 2048, more than texts in a full queue
	Timeout     time.Duration // of a request; 60 s
	Drain       time.Duration // that requests have to end once the server stops; 30 s
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.BatchTokens, 1536)
	orDefault(&l.QueueTokens, 8192)
	orDefault(&l.BodyBytes, 4<<20)
	orDefault(&l.Texts, 2048)
	orDefault(&l.Connections, 2048)
	orDefault(&l.Timeout, time.Minute)
	orDefault(&l.Drain, 30*time.Second)
	return l
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Server answers requests; see the package's comment for which.
type Server struct {
	Options
	limits   Limits
	log      *slog.Logger
	arms     []*arm
	metrics  *metrics
	routes   http.Handler
	scans    chan struct{} // a place for each search under way
	cold     atomic.Int64  // encoders that are not yet warmed up
	draining atomic.Bool
}

// arm is a retriever at work.
type arm struct {
	Retriever
	batcher *batcher
	rows    map[string]int // document → row of Vectors
}

// New checks that what is to be served belongs together.
func New(opts Options) (*Server, error) {
	s := &Server{Options: opts, limits: opts.Limits.withDefaults(), log: opts.Log, metrics: newMetrics()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.scans = make(chan struct{}, searchesAtOnce)
	names := make(map[string]bool)
	for _, r := range opts.Retrievers {
		if names[r.Name] || r.Name == "" {
			return nil, fmt.Errorf("serve: want a name of its own for each encoder, got %q twice", r.Name)
		}
		names[r.Name] = true
		if least := max(r.MaxLength, leastTokens); r.MaxLength <= specialTokens || least > s.limits.QueueTokens {
			return nil, fmt.Errorf("%s: want texts of %d to %d tokens, which the queue holds, got a maximum of %d", r.Name, specialTokens+1, s.limits.QueueTokens, r.MaxLength)
		}
		a, err := s.newArm(r)
		if err != nil {
			return nil, err
		}
		s.arms = append(s.arms, a)
	}
	if len(s.arms) == 0 {
		return nil, errors.New("serve: want an encoder, got none")
	}
	if opts.Words != nil {
		if opts.Collection == nil || opts.Words.Len() != opts.Collection.Len() {
			return nil, errors.New("serve: want a BM25 index of the collection's documents, got one of another number of them")
		}
	}
	s.cold.Store(int64(len(s.arms)))
	s.routes = s.newRoutes()
	return s, nil
}

func (s *Server) newArm(r Retriever) (*arm, error) {
	a := &arm{Retriever: r, batcher: newBatcher(r.Encoder, s.limits, s.metrics)}
	a.batcher.cold = coldBatches(r.MaxLength, s.limits.BatchTokens)
	a.batcher.warm = func() { s.cold.Add(-1) }
	s.metrics.queue(r.Name, a.batcher.queued.Load)
	if r.Vectors == nil {
		return a, nil
	}
	if s.Collection == nil {
		return nil, fmt.Errorf("%s: want a collection with its vectors, got none", r.Name)
	}
	if r.Vectors.Dim() != r.Encoder.Dimensions() {
		return nil, fmt.Errorf("%s: want vectors of the encoder's %d dimensions, got %d", r.Name, r.Encoder.Dimensions(), r.Vectors.Dim())
	}
	a.rows = make(map[string]int, r.Vectors.Len())
	for row := range r.Vectors.Len() {
		id := r.Vectors.ID(row)
		if _, ok := s.Collection.find(id); !ok {
			return nil, fmt.Errorf("%s: want vectors of the collection's documents, got document %q, which is not in it", r.Name, id)
		}
		a.rows[id] = row
	}
	return a, nil
}

// arm finds a retriever by the name that a request's field gives; "" is the first.
func (s *Server) arm(name, param string) (*arm, error) {
	if name == "" {
		return s.arms[0], nil
	}
	known := ""
	for _, a := range s.arms {
		if a.Name == name {
			return a, nil
		}
		known += ", " + a.Name
	}
	return nil, notFound("model_not_found", param, "no model %q here; there is %s", name, known[len(", "):])
}

// errStopping is the end of what is under way when a server's drain takes too long.
var errStopping = errors.New("the server is stopping")

// stopped tells whether a request ended because the server does.
func (s *Server) stopped(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errStopping) }

// Run serves on a listener, which it closes, until ctx ends. Then it takes no
// new connection, says so on /readyz, and gives the requests under way
// Limits.Drain to end; it is an error where that is not enough. Every goroutine
// it started has ended when it returns.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	base, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	server := &http.Server{
		Handler:           s.routes,
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       s.limits.Timeout,
		WriteTimeout:      2 * s.limits.Timeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	working, stop := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	for _, a := range s.arms {
		workers.Go(func() { a.batcher.work(working) })
	}
	defer workers.Wait()
	defer stop()

	serving := make(chan error, 1)
	go func() { serving <- server.Serve(netutil.LimitListener(listener, s.limits.Connections)) }()
	select {
	case err := <-serving:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	patience, cancel := context.WithTimeout(context.Background(), s.limits.Drain)
	defer cancel()
	err := server.Shutdown(patience)
	if err != nil {
		cut(errStopping) // handlers answer 503 and end
		err = fmt.Errorf("stopping: want the requests under way to end within %v, got some that did not", s.limits.Drain)
		last, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(last) != nil {
			server.Close()
		}
	}
	<-serving
	return err
}
