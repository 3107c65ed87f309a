// Package hub speaks the protocol of the Hugging Face hub: it lists what a
// repository holds, downloads files and uploads a folder as one commit.
//
// HF_ENDPOINT names the hub. Its token is HF_TOKEN, else what `hf auth login`
// left; it goes to the hub's own host and nowhere else. HF_HUB_OFFLINE=1 keeps
// every socket shut. Whoever fetches asks Offline first.
package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Client asks one hub. It may be used by several goroutines.
type Client struct {
	endpoint string
	token    string
	http     *http.Client
}

// New is a client of the hub that the environment names.
func New() *Client {
	endpoint := strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/")
	return &Client{cmp.Or(endpoint, "https://huggingface.co"), Token(), &http.Client{
		Transport:     Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // get follows them
	}}
}

// Retries: variables so that tests do not wait.
var (
	RetryPause   = 500 * time.Millisecond // doubled each time
	StallTimeout = time.Minute            // without a byte
)

const (
	maxAttempts   = 5
	maxRedirects  = 5
	maxRetryAfter = time.Minute
)

// retryable is an error after which the same request may succeed.
type retryable struct {
	err   error
	after time.Duration // the server's own wish
}

func (r retryable) Error() string { return r.err.Error() }
func (r retryable) Unwrap() error { return r.err }

// again calls try until it succeeds, fails for good, or failed maxAttempts times without advancing.
func again(ctx context.Context, try func() (advanced bool, err error)) error {
	for attempt := 1; ; attempt++ {
		advanced, err := try()
		var later retryable
		if err == nil || ctx.Err() != nil || !errors.As(err, &later) {
			return err
		}
		if advanced {
			attempt = 1
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%w (tried %d times)", err, attempt)
		}
		pause := RetryPause << (attempt - 1)
		pause = max(pause+rand.N(pause/2+1), min(later.after, maxRetryAfter))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// own tells whether an address is the hub's, which alone is shown the token.
func (c *Client) own(u *url.URL) bool {
	e, err := url.Parse(c.endpoint)
	return err == nil && e.Host == u.Host && e.Scheme == u.Scheme
}

func (c *Client) sign(r *http.Request) {
	r.Header.Set("User-Agent", "gradus")
	if c.token != "" && c.own(r.URL) {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
}

func escapePath(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}
