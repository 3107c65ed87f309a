package llm_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// hosts sends each request to the server of its host; where there is none nobody listens.
type hosts map[string]*llmtest.Server

func (h hosts) RoundTrip(req *http.Request) (*http.Response, error) {
	server := h[req.URL.Host]
	if server == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return llmtest.Transport(server).RoundTrip(req)
}

// ask asks n times, as many at once, and returns how many failed.
func ask(t *testing.T, client *llm.Client, n, atOnce int) int {
	t.Helper()
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		failed int
	)
	places := make(chan struct{}, atOnce)
	for i := range n {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			if _, err := client.Chat(t.Context(), llm.Request{User: fmt.Sprint("question ", i)}); err != nil {
				t.Log(err)
				mu.Lock()
				failed++
				mu.Unlock()
			}
		})
	}
	asking.Wait()
	return failed
}

func TestSeveralEndpointsShareByWeight(t *testing.T) {
	slow := llmtest.Slow(time.Second)
	servers := hosts{"a.test": {Answer: echo, Always: slow}, "b.test": {Answer: echo, Always: slow, Key: "b-key"}}
	opts := llm.Options{Transport: servers, Concurrency: 8, Key: "a-key", Endpoints: []llm.Endpoint{
		{URL: "http://a.test/v1", Weight: 1}, {URL: "http://b.test/v1", Weight: 3, Key: "b-key"},
	}}
	inBubble(t, nil, opts, func(t *testing.T, client *llm.Client) {
		if failed := ask(t, client, 400, 100); failed > 0 {
			t.Errorf("want all answered, got %d failed", failed)
		}
		a, b := len(servers["a.test"].Chats()), len(servers["b.test"].Chats())
		if a != 100 || b != 300 {
			t.Errorf("want 100 and 300 requests, got %d and %d", a, b)
		}
		if got := servers["a.test"].Chats()[0].Authorization; got != "Bearer a-key" {
			t.Errorf("want the key of the options, got %q", got)
		}
	})
}

// TestEndpointThatFails is left alone for longer and longer, tried with one
// request at a time, and used again when it is well.
func TestEndpointThatFails(t *testing.T) {
	for name, sick := range map[string]llmtest.Fault{
		"500":         llmtest.Status(500, "oops"),
		"cut":         llmtest.CutConnection,
		"broken JSON": llmtest.TruncatedJSON,
		"quota":       llmtest.Status(429, "quota", "Retry-After", "86400"),
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Time{}
			ill := func(w http.ResponseWriter, r *http.Request, reply *llmtest.Reply) bool {
				if time.Since(begun) < 10*time.Minute {
					return sick(w, r, reply)
				}
				return llmtest.Slow(time.Second)(w, r, reply)
			}
			a, b := &llmtest.Server{Answer: echo, Always: ill}, &llmtest.Server{Answer: echo, Always: llmtest.Slow(time.Second)}
			opts := llm.Options{
				Transport: hosts{"a.test": a, "b.test": b}, Concurrency: 16,
				Endpoints: []llm.Endpoint{{URL: "http://a.test/v1"}, {URL: "http://b.test/v1"}},
			}
			inBubble(t, nil, opts, func(t *testing.T, client *llm.Client) {
				begun = time.Now()
				// 16 a second for 10 minutes, then for another 5.
				if failed := ask(t, client, 16*600, 16); failed > 0 {
					t.Errorf("want all answered by the other endpoint, got %d failed", failed)
				}
				tried := len(a.Chats())
				if most := 8 + 8 + 15; tried > most { // those in flight, and one a rest of 1 s to 1 min
					t.Errorf("want the endpoint left alone, got %d requests", tried)
				}
				if took := time.Since(begun); took > 11*time.Minute {
					t.Errorf("want the other one kept busy, got %v", took)
				}
				before := len(b.Chats())
				if failed := ask(t, client, 16*300, 16); failed > 0 {
					t.Errorf("got %d failed", failed)
				}
				again, other := len(a.Chats())-tried, len(b.Chats())-before
				if name != "quota" && again < other/2 {
					t.Errorf("want the endpoint used again, got %d requests beside %d", again, other)
				}
				if name == "quota" && again > 0 {
					t.Errorf("want the endpoint held until tomorrow, got %d requests", again)
				}
			})
		})
	}
}

// TestEndpointThatIsNotThere costs nothing but its mention in the report.
func TestEndpointThatIsNotThere(t *testing.T) {
	opts := llm.Options{
		Transport: hosts{"b.test": {Answer: echo, Always: llmtest.Slow(time.Second)}},
		Endpoints: []llm.Endpoint{{URL: "http://a.test/v1"}, {URL: "http://b.test/v1"}},
	}
	inBubble(t, nil, opts, func(t *testing.T, client *llm.Client) {
		start := time.Now()
		if failed := ask(t, client, 100, 4); failed > 0 {
			t.Errorf("got %d failed", failed)
		}
		if took := time.Since(start); took > 26*time.Second {
			t.Errorf("want 25 s, got %v", took)
		}
		report := client.Report()
		if r := report[0]; r.Server != "http://a.test/v1" || r.Answers != 0 || r.Failures == 0 || r.Last == nil {
			t.Errorf("got %+v", r)
		}
		if r := report[1]; r.Answers != 100 || r.Failures != 0 {
			t.Errorf("got %+v", r)
		}
	})
}

func TestAllEndpointsDown(t *testing.T) {
	opts := llm.Options{Transport: hosts{}, Endpoints: []llm.Endpoint{{URL: "http://a.test/v1"}, {URL: "http://b.test/v1"}}}
	inBubble(t, nil, opts, func(t *testing.T, client *llm.Client) {
		start := time.Now()
		_, err := client.Chat(t.Context(), llm.Request{User: "hi"})
		var down *llm.DownError
		if !errors.As(err, &down) || time.Since(start) > 30*time.Second {
			t.Errorf("want a DownError soon, got %v after %v", err, time.Since(start))
		}
	})
}

// TestWrongKeyAtOneEndpoint is the user's to mend: it is not passed over.
func TestWrongKeyAtOneEndpoint(t *testing.T) {
	opts := llm.Options{
		Transport: hosts{"a.test": {Answer: echo, Key: "other"}, "b.test": {Answer: echo}}, Key: canary,
		Endpoints: []llm.Endpoint{{URL: "http://a.test/v1"}, {URL: "http://b.test/v1"}},
	}
	inBubble(t, nil, opts, func(t *testing.T, client *llm.Client) {
		_, err := client.Chat(t.Context(), llm.Request{User: "hi"})
		if !llm.Fatal(err) || !strings.Contains(err.Error(), "http://a.test/v1 answered 401") || strings.Contains(err.Error(), canary) {
			t.Errorf("want the endpoint named, got %v", err)
		}
	})
}

func TestParseEndpoint(t *testing.T) {
	for text, want := range map[string]llm.Endpoint{
		"http://h:1/v1":              {URL: "http://h:1/v1", Weight: 1},
		"https://h/v1#weight=2.5":    {URL: "https://h/v1", Weight: 2.5},
		"http://h/v1#weight=0":       {},
		"http://h/v1#weight=-1":      {},
		"http://h/v1#weight=NaN":     {},
		"http://h/v1#wait=1":         {},
		"http://h/v1#":               {},
		"h:1":                        {},
		"http://u:p@h/v1#weight=2":   {},
		"http://h/v1?key=x#weight=2": {},
	} {
		got, err := llm.ParseEndpoint(text)
		if want.URL == "" && err == nil || want.URL != "" && (err != nil || got != want) {
			t.Errorf("%s: want %v, got %v, %v", text, want, got, err)
		}
	}
	if _, err := llm.New(llm.Options{Endpoints: []llm.Endpoint{{URL: "http://h/v1"}, {URL: "http://h/v1/"}}}); err == nil {
		t.Error("want an endpoint named twice refused")
	}
}
