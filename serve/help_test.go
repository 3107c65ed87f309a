package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/lexical"
)

// No goroutine is left when all tests have ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an encoder for tests: a text's vector depends on the text alone, a
// word is a token, and a test can hold it up or make it fail.
type fake struct {
	dim     int
	prompts map[string]string

	mu      sync.Mutex
	batches [][]string
	gate    chan struct{} // where not nil, each batch waits for a value
	fault   func(texts []string) error
}

func newFake() *fake {
	return &fake{dim: 8, prompts: map[string]string{"query": "query: ", "document": "document: "}}
}

func (f *fake) Dimensions() int              { return f.dim }
func (f *fake) PromptFor(role string) string { return f.prompts[role] }

func (f *fake) Tokenize(text string, maxLength int) []int32 {
	return make([]int32, min(maxLength, specialTokens+len(strings.Fields(text))))
}

func (f *fake) Encode(ctx context.Context, texts []string, _ encoder.EncodeOptions) ([][]float32, error) {
	f.mu.Lock()
	gate, fault := f.gate, f.fault
	f.batches = append(f.batches, texts)
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if fault != nil {
		if err := fault(texts); err != nil {
			return nil, err
		}
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = f.vector(text)
	}
	return vectors, nil
}

// vector is the mean of its words', of length 1, so that texts that share words are near.
func (f *fake) vector(text string) []float32 {
	vector := make([]float32, f.dim)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		h := fnv.New64a()
		h.Write([]byte(strings.Trim(word, ".,:")))
		random := rand.New(rand.NewPCG(h.Sum64(), 1))
		for i := range vector {
			vector[i] += float32(random.NormFloat64())
		}
	}
	if length := norm(vector); length > 0 {
		for i := range vector {
			vector[i] = float32(float64(vector[i]) / length)
		}
	}
	return vector
}

func (f *fake) seen() [][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([][]string(nil), f.batches...)
}

// hold makes every batch from now on wait for a value of the channel, or until it is closed.
func (f *fake) hold() chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gate = make(chan struct{})
	return f.gate
}

func (f *fake) fail(fault func(texts []string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

var (
	someDocuments = []collection.Document{
		{ID: "wing", Title: "Wings", Text: "The lift of a wing in a slipstream."},
		{ID: "heat", Title: "Heat", Text: "Transfer of heat through a thin wall."},
		{ID: "jet", Title: "", Text: "Noise of jets, and of a wing near a jet"},
		{ID: "boundary", Title: "Boundary layers", Text: "Flow in the boundary layer of a flat plate."},
		{ID: "empty", Title: "", Text: ""},
		{ID: "<img src=x onerror=alert(1)>", Title: "<script>window.harmed = 1</script>", Text: "A wing </mark><img src=x onerror='window.harmed = 1'> &amp; \" ' ` javascript:1"},
	}
	someQueries = []collection.Query{{ID: "q1", Text: "lift of wings"}, {ID: "q2", Text: "heat flow"}, {ID: "q3", Text: "never judged"}}
	someGrades  = []grade3{{"test", "q1", "wing", 3}, {"test", "q1", "jet", 1}, {"test", "q1", "gone", 2}, {"test", "q2", "heat", 2}, {"train", "q2", "boundary", 1}}
)

type grade3 struct {
	split, query, doc string
	grade             int
}

// world is what a test serves.
type world struct {
	Options
	fake *fake
}

// newWorld has the documents encoded by a fake, and a BM25 index of them where there are any.
func newWorld(t testing.TB, documents []collection.Document) *world {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "tiny")
	err := collection.Write(folder, func(w *collection.Writer) error {
		var errs []error
		for _, d := range documents {
			errs = append(errs, w.Document(d))
		}
		for _, q := range someQueries {
			errs = append(errs, w.Query(q))
		}
		for _, g := range someGrades {
			errs = append(errs, w.Grade(g.split, g.query, g.doc, g.grade))
		}
		return errors.Join(errs...)
	})
	check(t, err)
	from, err := collection.Open(folder)
	check(t, err)
	f := newFake()
	w := &world{fake: f}
	w.Collection, err = OpenCollection(t.Context(), "tiny", from)
	check(t, err)
	t.Cleanup(func() { w.Collection.Close() })
	w.Retrievers = []Retriever{{Name: "fake", Encoder: f, MaxLength: 64, Vectors: encodeAll(t, f, filepath.Join(dir, "vectors"), documents)}}
	if len(documents) == 0 {
		return w
	}
	place := filepath.Join(dir, "words")
	check(t, lexical.Create(t.Context(), place, lexical.Options{}, func(w *lexical.Writer) error {
		var errs []error
		for _, d := range documents {
			errs = append(errs, w.Append(d.ID, d.Content()))
		}
		return errors.Join(errs...)
	}))
	words, err := lexical.Open(place, lexical.Default)
	check(t, err)
	w.Words = words
	t.Cleanup(func() { words.Close() })
	return w
}

func encodeAll(t testing.TB, f *fake, dir string, documents []collection.Document) *index.Vectors {
	t.Helper()
	check(t, index.Create(dir, index.Options{Dim: f.dim}, func(w *index.Writer) error {
		for _, d := range documents {
			if err := w.Append(d.ID, f.vector("document: "+d.Content())); err != nil {
				return err
			}
		}
		return nil
	}))
	vectors, err := index.Open(dir)
	check(t, err)
	t.Cleanup(func() { vectors.Close() })
	return vectors
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// served is a server that runs.
type served struct {
	*Server
	url    string
	client *http.Client
	logged *lockedBuffer
	stop   func() error // ends it and returns what Run does; may be called again
}

// run serves on a free port until the test ends.
func run(t testing.TB, opts Options) *served {
	t.Helper()
	logged := &lockedBuffer{}
	opts.Log = slog.New(slog.NewTextHandler(logged, nil))
	server, err := New(opts)
	check(t, err)
	for _, a := range server.arms {
		a.batcher.cold = a.batcher.cold[:1] // warming up is tested on its own
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, listener) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	s := &served{Server: server, url: "http://" + listener.Addr().String(), client: &http.Client{Transport: transport}, logged: logged}
	s.stop = sync.OnceValue(func() error {
		cancel()
		err := <-ended
		transport.CloseIdleConnections()
		return err
	})
	t.Cleanup(func() { s.stop() })
	return s
}

// reply is an answer, read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request; a body makes it a POST.
func (s *served) do(t testing.TB, path, body string, headers ...string) reply {
	t.Helper()
	got, err := s.try(t.Context(), path, body, headers...)
	check(t, err)
	return got
}

func (s *served) try(ctx context.Context, path, body string, headers ...string) (reply, error) {
	method, content := http.MethodGet, io.Reader(nil)
	if body != "" {
		method, content = http.MethodPost, strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, content)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, string(text)}, err
}

// into decodes an answer of status 200.
func (r reply) into(t testing.TB, value any) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("want status 200, got %d: %s", r.status, r.body)
	}
	check(t, json.Unmarshal([]byte(r.body), value))
}

// fault is the error of an answer as `status code param: message`.
func (r reply) fault() string {
	var e struct {
		Error struct {
			Message, Type string
			Param, Code   *string
		}
	}
	if json.Unmarshal([]byte(r.body), &e) != nil || e.Error.Type == "" {
		return fmt.Sprintf("%d %s", r.status, r.body)
	}
	show := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	return fmt.Sprintf("%d %s %s: %s", r.status, show(e.Error.Code), show(e.Error.Param), e.Error.Message)
}

// lockedBuffer is a log that many goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
