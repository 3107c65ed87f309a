package llm_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// door lets requests through from opens on, and before it shuts.
type door struct {
	next         http.RoundTripper
	shuts, opens time.Time
}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	if now := time.Now(); now.After(d.shuts) && now.Before(d.opens) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return d.next.RoundTrip(req)
}

func TestServerDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String() + "/v1"
	listener.Close() // now nobody listens there
	client, err := llm.New(llm.Options{BaseURL: address, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = client.Chat(t.Context(), llm.Request{User: "hi"})
	var down *llm.DownError
	if !errors.As(err, &down) || !llm.Fatal(err) || !strings.HasPrefix(err.Error(), "LLM server "+address+" is down: ") {
		t.Errorf("want a DownError naming %s, got %v", address, err)
	}
	if strings.Contains(err.Error(), "Post") {
		t.Errorf("want the address said once, got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("want to know within 5 s that a server was never there, got %v", took)
	}
}

func TestServerRestarts(t *testing.T) {
	server := &llmtest.Server{Answer: echo}
	shut := &door{next: llmtest.Transport(server)}
	inBubble(t, server, llm.Options{Transport: shut}, func(t *testing.T, client *llm.Client) {
		ask := func() error {
			_, err := client.Chat(t.Context(), llm.Request{User: "hi"})
			return err
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		shut.shuts, shut.opens = time.Now(), time.Now().Add(90*time.Second)
		time.Sleep(time.Second)
		if err := ask(); err != nil {
			t.Errorf("want a server that was up to be waited for, got %v", err)
		}
		shut.shuts, shut.opens = time.Now(), time.Now().Add(time.Hour)
		time.Sleep(time.Second)
		start := time.Now()
		var down *llm.DownError
		if err := ask(); !errors.As(err, &down) {
			t.Errorf("want a DownError, got %v", err)
		}
		if took := time.Since(start); took < 2*time.Minute || took > 3*time.Minute {
			t.Errorf("want the patience of 2 minutes, got %v", took)
		}
	})
}
