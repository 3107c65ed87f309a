package assets

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/internal/hub"
)

var long = strings.Repeat("0123456789abcdef", 1<<14)

func TestHubKeepsTokenFromStore(t *testing.T) {
	newMachine(t, hubAsset("model.lfs", long))
	h := newFakeHub(t, map[string]string{"model.lfs": long})
	t.Setenv("HF_TOKEN", "secret")
	want(t, "small", map[string]string{"model.lfs": long})
	if len(h.Requests()) != 2 {
		t.Fatalf("want the hub and then the store asked, got %d requests", len(h.Requests()))
	}
	if got := h.Requests()[0].Header.Get("Authorization"); got != "Bearer secret" {
		t.Errorf("want the token sent to the hub, got %q", got)
	}
	if got := h.Requests()[1].Header.Get("Authorization"); got != "" {
		t.Errorf("want no token sent to the store, got %q", got)
	}
}

func TestHubGoesOnAfterCuts(t *testing.T) {
	newMachine(t, hubAsset("model.lfs", long))
	h := newFakeHub(t, map[string]string{"model.lfs": long})
	h.Cuts = []int{100_000, 50_000, 1, 1, 1, 1, 1, 1} // more often than a file that does not advance is tried
	want(t, "small", map[string]string{"model.lfs": long})
	got := h.Ranges()
	if got[0] != "" || !slices.Contains(got, "bytes=100000-") || !slices.Contains(got, "bytes=150000-") {
		t.Errorf("want each request to begin where the last was cut, got %q", got)
	}
}

// What came before an interruption is not fetched again by the next process.
func TestHubGoesOnInNextCall(t *testing.T) {
	newMachine(t, hubAsset("model.lfs", long))
	h := newFakeHub(t, map[string]string{"model.lfs": long})
	h.Cuts = []int{100_000}
	h.Statuses = []int{0, 404}
	wantError(t, "small", "404: no file model.lfs at revision "+commit)
	state, err := Status("small")
	if err != nil || state.Present {
		t.Fatalf("want it missing, got %+v, %v", state, err)
	}
	h.Forget()
	want(t, "small", map[string]string{"model.lfs": long})
	if got := h.Ranges(); !slices.Equal(got, []string{"bytes=100000-", "bytes=100000-"}) {
		t.Errorf("want the second call to go on at 100000, got %q", got)
	}
}

func TestHubServerWithoutRanges(t *testing.T) {
	newMachine(t, hubAsset("plain", long))
	h := newFakeHub(t, map[string]string{"plain": long})
	h.Cuts = []int{100_000}
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		inner.ServeHTTP(w, r)
	})
	want(t, "small", map[string]string{"plain": long})
}

func TestHubStalled(t *testing.T) {
	newMachine(t, hubAsset("plain", long))
	h := newFakeHub(t, map[string]string{"plain": long})
	defer func(d time.Duration) { hub.StallTimeout = d }(hub.StallTimeout)
	hub.StallTimeout = 50 * time.Millisecond
	stalled := false
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stalled {
			inner.ServeHTTP(w, r)
			return
		}
		stalled = true
		w.Header().Set("Content-Length", "262144")
		w.Write([]byte(long[:1000]))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	want(t, "small", map[string]string{"plain": long})
}

// A body without a length that ends early looks complete to HTTP.
func TestHubCutWithoutLength(t *testing.T) {
	newMachine(t, hubAsset("plain", long))
	h := newFakeHub(t, map[string]string{"plain": long})
	cut := false
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cut {
			inner.ServeHTTP(w, r)
			return
		}
		cut = true
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+long[:1000])
		conn.Close()
	})
	want(t, "small", map[string]string{"plain": long})
	if got := h.Ranges(); !slices.Equal(got, []string{"bytes=1000-"}) {
		t.Errorf("want it to go on at 1000, got %q", got)
	}
}

func TestHubRetryAfter(t *testing.T) {
	newMachine(t, hubAsset("plain", "text"))
	h := newFakeHub(t, map[string]string{"plain": "text"})
	h.Statuses, h.RetryAfter = []int{429}, "1"
	start := time.Now()
	want(t, "small", map[string]string{"plain": "text"})
	if waited := time.Since(start); waited < time.Second {
		t.Errorf("want a second waited, as the server asks, got %v", waited)
	}
}

func TestHubStatuses(t *testing.T) {
	for _, c := range []struct {
		statuses []int
		token    string
		want     string // "" for success
	}{
		{[]int{500, 503, 429}, "", ""},
		{[]int{500, 500, 500, 500, 500}, "", "500 Internal Server Error (tried 5 times)"},
		{[]int{401}, "", "set HF_TOKEN"},
		{[]int{401}, "x", "HF_TOKEN is not valid"},
		{[]int{403}, "x", "terms"},
		{[]int{404}, "", "no file plain at revision"},
		{[]int{418}, "", "want 200, got 418"},
	} {
		newMachine(t, hubAsset("plain", "text"))
		h := newFakeHub(t, map[string]string{"plain": "text"})
		h.Statuses = c.statuses
		t.Setenv("HF_TOKEN", c.token)
		if c.want == "" {
			want(t, "small", map[string]string{"plain": "text"})
		} else {
			wantError(t, "small", c.want, "hub owner/model: "+h.URL)
		}
		if got := len(h.Requests()); got != len(c.statuses) && c.want != "" {
			t.Errorf("%v: want %d requests, got %d", c.statuses, len(c.statuses), got)
		}
	}
}

func TestHubWrongBytes(t *testing.T) {
	newMachine(t, hubAsset("plain", "right"))
	for _, content := range []string{"wrong", "right and more"} {
		newFakeHub(t, map[string]string{"plain": content})
		err := wantError(t, "small", "plain", "not the pinned file")
		if content == "wrong" && (!strings.Contains(err.Error(), sum("right")) || !strings.Contains(err.Error(), sum("wrong"))) {
			t.Errorf("want both hashes in the error, got %v", err)
		}
		hub.Forget()
	}
	newFakeHub(t, map[string]string{"plain": "right"}) // nothing wrong was kept
	want(t, "small", map[string]string{"plain": "right"})
}

// countingTransport refuses every connection.
type countingTransport struct{ requests int }

func (c *countingTransport) RoundTrip(*http.Request) (*http.Response, error) {
	c.requests++
	return nil, errors.New("dial tcp: no route to host")
}

func useTransport(t *testing.T) *countingTransport {
	old := hub.Transport
	counting := &countingTransport{}
	hub.Transport = counting
	t.Cleanup(func() { hub.Transport = old })
	return counting
}

func TestUnreachableHubIsRemembered(t *testing.T) {
	newMachine(t, hubAsset("plain", "text"))
	counting := useTransport(t)
	for range 3 {
		wantError(t, "small", "hub owner/model: http://127.0.0.1:1 is not reachable: dial tcp: no route to host")
	}
	if counting.requests != 1 {
		t.Errorf("want one attempt a process, got %d", counting.requests)
	}
}
