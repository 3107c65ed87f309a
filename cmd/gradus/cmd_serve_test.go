//go:build unix

package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serving starts gradus serve and returns where it listens.
func serving(t *testing.T, args ...string) (*child, string) {
	t.Helper()
	c := begin(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	line, err := c.stdout.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http://127.0.0.1:") {
		c.Process.Kill()
		c.Wait()
		t.Fatalf("want an address, got %q, %v: %s", line, err, c.stderr.String())
	}
	return c, strings.TrimSpace(line)
}

// stopped wants the server to end well on a signal.
func (c *child) stopped(t *testing.T, by syscall.Signal) {
	t.Helper()
	if err := c.Process.Signal(by); err != nil {
		t.Fatal(err)
	}
	tooLong := time.AfterFunc(30*time.Second, func() { c.Process.Kill() })
	defer tooLong.Stop()
	if err := c.Wait(); err != nil || c.stderr.Len() > 0 {
		t.Errorf("%v: want exit status 0 and no word, got %v: %s", by, err, c.stderr.String())
	}
}

func askServer(t *testing.T, url, body, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Method = http.MethodGet
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// The whole way, as a user goes it: encode, serve, ask, stop. The answers name nothing of the machine.
func TestServe(t *testing.T) {
	dir := tinyWorld(t)
	for _, role := range []string{"vectors", "others"} {
		if status, _, stderr := invoke(t.Context(), "encode", "--encoder", dir+"/model", "--collection", dir+"/lists", "--out", filepath.Join(dir, role)); status != exitDone {
			t.Fatal(stderr)
		}
	}
	c, url := serving(t, "--encoder", dir+"/model", "--vectors", dir+"/vectors", "--collection", dir+"/lists", "--bm25-index", dir+"/words",
		"--compare-encoder", dir+"/model", "--compare-vectors", dir+"/others")
	for _, a := range []struct{ path, body, want string }{
		{"/v1/embeddings", `{"model": "model", "input": ["lift", "heat"], "dimensions": 3}`, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[`},
		{"/v1/models", "", `"id":"model","object":"model","owned_by":"gradus","dimensions":16,"max_tokens":128},{"id":"model (2)"`},
		{"/search", `{"query": "lift of a wing", "mode": "dense"}`, `"encoder":"model","hits":[{"rank":1,"doc_id":"q`},
		{"/search", `{"query": "lift of a wing", "mode": "bm25"}`, `"hits":[{"rank":1,"doc_id":"q0-`},
		{"/search", `{"query": "lift of a wing", "mode": "hybrid", "encoder": "model (2)"}`, `"encoder":"model (2)"`},
		{"/collection", "", `{"name":"lists","documents":8,"queries":2,"splits":["train"],`},
		{"/graded?split=train&query_id=q1", "", `"documents":[{"doc_id":"q1-3","grade":3,`},
		{"/metrics", "", "gradus_queue_tokens"},
		{"/", "", "<title>gradus search</title>"},
	} {
		status, got := askServer(t, url+a.path, a.body, "")
		if status != http.StatusOK || !strings.Contains(got, a.want) {
			t.Errorf("%s %s: want %s, got %d %s", a.path, a.body, a.want, status, got)
		}
		if strings.Contains(got, dir) || strings.Contains(got, os.TempDir()) {
			t.Errorf("%s: want no path of the machine, got %s", a.path, got)
		}
	}
	c.stopped(t, syscall.SIGTERM)
}

func TestServeWithAToken(t *testing.T) {
	dir := tinyWorld(t)
	const token = "0123456789abcdef"
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, url := serving(t, "--encoder", dir+"/model", "--token-file", file)
	const body = `{"input": "lift"}`
	if status, got := askServer(t, url+"/v1/embeddings", body, ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: want status 401, got %d %s", status, got)
	}
	if status, got := askServer(t, url+"/v1/embeddings", body, token); status != http.StatusOK {
		t.Errorf("with the token: want status 200, got %d %s", status, got)
	}
	c.stopped(t, syscall.SIGINT)
}

func TestServeOnAPortInUse(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	status, stdout, stderr := invoke(t.Context(), "serve", "--encoder", "nowhere", "--addr", held.Addr().String())
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "address already in use") {
		t.Errorf("want it said, got status %d, %q, %q", status, stdout, stderr)
	}
}
