package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gradus-ir/gradus/collection"
)

const token = "a-token-of-the-test"

// Without a token only loopback names are answered to, and no other site's page is.
func TestStrangersAreKeptOut(t *testing.T) {
	s := run(t, newWorld(t, someDocuments).Options)
	const body = `{"query": "wing"}`
	for _, c := range []struct {
		want    int
		headers []string
	}{
		{200, nil},
		{200, []string{"Host", "localhost:8080"}},
		{200, []string{"Host", "[::1]"}},
		{421, []string{"Host", "rebound.example"}},
		{421, []string{"Host", "localhost.example:80"}},
		{421, []string{"Host", "192.0.2.1:8080"}},
		{403, []string{"Origin", "https://other.example"}},
		{403, []string{"Sec-Fetch-Site", "cross-site"}},
		{403, []string{"Origin", "null"}},
		{200, []string{"Sec-Fetch-Site", "same-origin", "Origin", s.url}},
	} {
		if got := s.do(t, "/search", body, c.headers...); got.status != c.want {
			t.Errorf("%q: want status %d, got %d %s", c.headers, c.want, got.status, got.body)
		}
	}
}

func TestTokenOpensEverything(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Token, w.Report = token, fstest.MapFS{"index.html": {Data: []byte("the report")}}
	s := run(t, w.Options)
	closed := map[string]string{
		"/v1/embeddings": `{"input": "x"}`, "/v1/models": "", "/search": `{"query": "wing"}`, "/explain": `{"query": "wing", "doc_id": "wing"}`,
		"/collection": "", "/queries": "", "/graded?query_id=q1&split=test": "", "/document?id=wing": "", "/metrics": "", "/report/index.html": "",
	}
	session := s.do(t, "/session", `{"token": "`+token+`"}`)
	cookie, _, _ := strings.Cut(session.header.Get("Set-Cookie"), ";")
	if session.status != 204 || strings.Contains(cookie, token) || !strings.Contains(session.header.Get("Set-Cookie"), "HttpOnly; SameSite=Strict") {
		t.Fatalf("want a cookie that no script reads and that is not the token, got %d %q", session.status, session.header)
	}
	for path, body := range closed {
		for _, c := range []struct {
			want    int
			headers []string
		}{
			{401, nil},
			{401, []string{"Authorization", "Bearer wrong"}},
			{401, []string{"Authorization", token}},
			{401, []string{"Cookie", cookieName + "=" + token}},
			{200, []string{"Authorization", "Bearer " + token}},
			{200, []string{"Authorization", "Bearer " + token, "Host", "gradus.example"}},
			{200, []string{"Cookie", cookie}},
		} {
			got := s.do(t, path, body, c.headers...)
			if got.status != c.want {
				t.Errorf("%s with %q: want status %d, got %d %s", path, c.headers, c.want, got.status, got.body)
			}
			if got.status == 401 && got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: want the way in, got %q", path, got.header)
			}
		}
	}
	for _, path := range []string{"/", "/page/page.js", "/healthz", "/openapi.json"} {
		if got := s.do(t, path, ""); got.status != 200 {
			t.Errorf("%s: want it open, got %d", path, got.status)
		}
	}
	if got := s.do(t, "/session", `{"token": "wrong"}`); got.status != 401 || got.header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong token: want no cookie, got %d %q", got.status, got.header)
	}
}

func TestHeadersAndKinds(t *testing.T) {
	s := run(t, newWorld(t, someDocuments).Options)
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/page/page.js": "text/javascript; charset=utf-8", "/page/page.css": "text/css; charset=utf-8",
		"/page/icon.svg": "image/svg+xml", "/collection": "application/json", "/nowhere": "application/json", "/openapi.json": "application/json",
	} {
		got := s.do(t, path, "")
		h := got.header
		if h.Get("Content-Type") != kind || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: want %s and a policy, got %q", path, kind, h)
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: want nothing unsafe, got %q", path, h.Get("Content-Security-Policy"))
		}
	}
	if got := s.do(t, "/", "").body; strings.Contains(got, "<style") || strings.Contains(got, "style=") || strings.Contains(got, "onclick") || strings.Contains(got, "http:") || strings.Contains(got, "https:") {
		t.Error("want a page that its policy lets be, with nothing from elsewhere")
	}
	for _, c := range []struct{ path, body, want string }{
		{"/nowhere", "", `404 not_found -: no such endpoint; /openapi.json lists them`},
		{"/search", "", `405 method_not_allowed -: want POST, got GET`},
		{"/collection", "{}", `405 method_not_allowed -: want GET, got POST`},
		{"/page/none.js", "", `404 not_found -: no such file`},
	} {
		if got := s.do(t, c.path, c.body).fault(); got != c.want {
			t.Errorf("%s: want %s, got %s", c.path, c.want, got)
		}
	}
}

// A report is shown, but what else lies in its folder is not.
func TestReport(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Report = fstest.MapFS{
		"report.html": {Data: []byte("<p>the report</p>")}, "plots/curve.svg": {Data: []byte("<svg/>")},
		"manifest.json": {Data: []byte(`{"inputs": "/a/path"}`)}, "ledger.log": {Data: []byte("x")},
	}
	s := run(t, w.Options)
	for path, want := range map[string]int{
		"/report/report.html": 200, "/report/plots/curve.svg": 200, "/report/manifest.json": 404, "/report/ledger.log": 404,
		"/report/": 404, "/report/plots": 404, "/report/..%2freport.html": 404, "/report/none.html": 404,
	} {
		got := s.do(t, path, "")
		if got.status != want {
			t.Errorf("%s: want status %d, got %d", path, want, got.status)
		}
		if policy := got.header.Get("Content-Security-Policy"); want == 200 && !strings.Contains(policy, "sandbox allow-scripts") {
			t.Errorf("%s: want it in a sandbox, got %q", path, policy)
		}
	}
	if got := s.do(t, "/collection", "").body; !strings.Contains(got, `"report":"/report/report.html"`) {
		t.Errorf("want the report's place, got %s", got)
	}
}

// A fault inside is logged with what it says, and answered without it.
func TestFaultsStayInside(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.fake.fail(func([]string) error { return errors.New("/a/secret/path: the device is gone") })
	s := run(t, w.Options)
	got := s.do(t, "/search", `{"query": "wing"}`)
	if got.status != 500 || strings.Contains(got.body, "secret") || !strings.Contains(s.logged.String(), "/a/secret/path: the device is gone") {
		t.Errorf("want the fault in the log alone, got %d %s, log %s", got.status, got.body, s.logged)
	}
	w.fake.fail(nil)
	if got := s.do(t, "/search", `{"query": "wing"}`); got.status != 200 {
		t.Errorf("want it to go on, got %d %s", got.status, got.body)
	}
}

func TestRequestsEndInTime(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Limits.Timeout = 50 * time.Millisecond
	gate := w.fake.hold()
	s := run(t, w.Options)
	if got := s.do(t, "/v1/embeddings", `{"input": "x"}`).fault(); got != "504 timeout -: the request took longer than this server allows" {
		t.Errorf("want a timeout, got %s", got)
	}
	close(gate)
	eventually(t, "an empty queue", func() bool { return s.arms[0].batcher.queued.Load() == 0 })
}

// At ten times what the queue holds and more, every request is answered: in
// the time that a full queue takes, or at once with when to come back.
func TestOverload(t *testing.T) {
	const clients, requests, batchTime = 60, 40, 2 * time.Millisecond
	w := newWorld(t, someDocuments)
	w.Limits = Limits{BatchTokens: 16, QueueTokens: 64}
	w.fake.fail(func([]string) error { time.Sleep(batchTime); return nil })
	s := run(t, w.Options)
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	answered := make(map[int]int)
	var crowd sync.WaitGroup
	for client := range clients {
		crowd.Go(func() {
			for i := range requests {
				got, err := s.try(t.Context(), "/v1/embeddings", fmt.Sprintf(`{"input": "text %d of %d in all"}`, i, client))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				answered[got.status]++
				mu.Unlock()
				if after, err := strconv.Atoi(got.header.Get("Retry-After")); got.status == 429 && (err != nil || after < 1) {
					t.Errorf("want 429 to say when to come back, got %q", got.header)
				}
			}
		})
	}
	crowd.Wait()
	if answered[200] == 0 || answered[429] == 0 || answered[200]+answered[429] != clients*requests {
		t.Errorf("want each request answered or refused, got %v", answered)
	}
	if queued := s.arms[0].batcher.queued.Load(); queued != 0 {
		t.Errorf("want nothing left in the queue, got %d tokens", queued)
	}
	s.client.CloseIdleConnections()
	eventually(t, "no more goroutines than before", func() bool { return runtime.NumGoroutine() <= before+5 })
	metrics := s.do(t, "/metrics", "").body
	if want := fmt.Sprintf(`gradus_requests_total{route="/v1/embeddings",status="200"} %d`, answered[200]); !strings.Contains(metrics, want) {
		t.Errorf("want %s among the metrics, got %s", want, metrics)
	}
}

// What is under way when the server is told to stop is answered; nothing new is let in.
func TestDrain(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	eventually(t, "it ready", func() bool { return s.do(t, "/readyz", "").status == 200 })
	gate := w.fake.hold()
	answers := make(chan reply, 1)
	go func() {
		got, err := s.try(t.Context(), "/v1/embeddings", `{"input": "under way"}`)
		if err != nil {
			got.body = err.Error()
		}
		answers <- got
	}()
	eventually(t, "it under way", func() bool { return s.arms[0].batcher.queued.Load() > 0 })
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	eventually(t, "no new connection", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if !s.draining.Load() {
		t.Error("want it to say that it stops")
	}
	select {
	case err := <-stopped:
		t.Fatalf("want it to wait for the request, got it stopped: %v", err)
	default:
	}
	close(gate)
	if got := <-answers; got.status != 200 {
		t.Errorf("want the request answered, got %d %s", got.status, got.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("want it to end well, got %v", err)
	}
}

// A request that does not end in the time to drain is cut off, and told so.
func TestDrainEnds(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Limits.Drain = 50 * time.Millisecond
	s := run(t, w.Options)
	w.fake.hold()
	answers := make(chan string, 1)
	go func() {
		got, err := s.try(t.Context(), "/v1/embeddings", `{"input": "under way"}`)
		answers <- fmt.Sprint(got.fault(), err)
	}()
	eventually(t, "it under way", func() bool { return s.arms[0].batcher.queued.Load() > 0 })
	if err := s.stop(); err == nil || !strings.Contains(err.Error(), "want the requests under way to end within 50ms") {
		t.Errorf("want it said, got %v", err)
	}
	if got := <-answers; got != "503 stopping -: the server is stopping<nil>" {
		t.Errorf("want the request told, got %s", got)
	}
}

// A client that goes away leaves nothing behind.
func TestClientGone(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	eventually(t, "it ready", func() bool { return s.do(t, "/readyz", "").status == 200 })
	gate := w.fake.hold()
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 5 {
		clients.Go(func() { s.try(ctx, "/v1/embeddings", `{"input": "x"}`) })
	}
	eventually(t, "them queued", func() bool { return s.arms[0].batcher.queued.Load() == 5*leastTokens })
	cancel()
	clients.Wait()
	close(gate)
	eventually(t, "an empty queue", func() bool { return s.arms[0].batcher.queued.Load() == 0 })
	texts := 0
	for _, batch := range w.fake.seen() {
		texts += len(batch) - slices.Index(append(batch, "x"), "x")
	}
	if texts > 5 {
		t.Errorf("want no text twice, got %q", w.fake.seen())
	}
}

func TestReadiness(t *testing.T) {
	w := newWorld(t, someDocuments)
	gate := w.fake.hold()
	s := run(t, w.Options)
	if got := s.do(t, "/readyz", ""); got.status != 503 || !strings.Contains(got.body, "warming_up") || got.header.Get("Retry-After") == "" {
		t.Errorf("want it to warm up, got %d %s", got.status, got.body)
	}
	if got := s.do(t, "/healthz", ""); got.status != 200 {
		t.Errorf("want it alive, got %d", got.status)
	}
	close(gate)
	eventually(t, "it ready", func() bool { return s.do(t, "/readyz", "").status == 200 })
}

// At most so many connections are open; the next one waits for its turn.
func TestConnectionsAreBounded(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Limits.Connections = 1
	s := run(t, w.Options)
	held, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got, err := s.try(ctx, "/healthz", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want it to wait, got %d, %v", got.status, err)
	}
	held.Close()
	if got := s.do(t, "/healthz", ""); got.status != http.StatusOK {
		t.Errorf("want its turn, got %d", got.status)
	}
}

func TestNewRefusesWhatDoesNotFit(t *testing.T) {
	w := newWorld(t, someDocuments)
	other := newWorld(t, append(slices.Clone(someDocuments), collection.Document{ID: "one more", Text: "x"}))
	wide := newFake()
	wide.dim = 9
	for want, change := range map[string]func(o *Options){
		`serve: want an encoder, got none`:                                                              func(o *Options) { o.Retrievers = nil },
		`serve: want a name of its own for each encoder, got "fake" twice`:                              func(o *Options) { o.Retrievers = append(o.Retrievers, o.Retrievers[0]) },
		`fake: want a collection with its vectors, got none`:                                            func(o *Options) { o.Collection = nil },
		`fake: want vectors of the collection's documents, got document "one more", which is not in it`: func(o *Options) { o.Retrievers[0].Vectors = other.Retrievers[0].Vectors },
		`serve: want a BM25 index of the collection's documents, got one of another number of them`:     func(o *Options) { o.Words = other.Words },
		`fake: want vectors of the encoder's 9 dimensions, got 8`:                                       func(o *Options) { o.Retrievers[0].Encoder = wide },
		`fake: want texts of 3 to 50 tokens, which the queue holds, got a maximum of 64`:                func(o *Options) { o.Limits.QueueTokens = 50 },
	} {
		opts := w.Options
		opts.Retrievers = slices.Clone(opts.Retrievers)
		change(&opts)
		if _, err := New(opts); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:1": true, "[::1]:80": true, "::1": true, "127.1.2.3": true, "localhost": true,
		":8080": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.1.1:80": false, "localhost.example": false, "127.0.0.1.example:80": false, "": false,
	} {
		if got := IsLoopback(address); got != want {
			t.Errorf("%q: want %v, got %v", address, want, got)
		}
	}
}
