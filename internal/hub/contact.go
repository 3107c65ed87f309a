package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Transport is a variable so that a test can see that none is used. A machine
// without the hub must not wait for it: connecting takes milliseconds where there is one.
var Transport http.RoundTripper = &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
	TLSHandshakeTimeout:   5 * time.Second,
	ResponseHeaderTimeout: 30 * time.Second,
	DisableCompression:    true, // sizes and ranges are those of the file
	ForceAttemptHTTP2:     true,
}

// Forget lets hubs be contacted again that could not be reached before.
func Forget() {
	hubs.Lock()
	defer hubs.Unlock()
	hubs.reached = nil
}

// hubs remembers, by endpoint and for the life of the process, that one answered (nil) or could not be reached.
var hubs struct {
	sync.Mutex
	reached map[string]error
}

// get follows redirects itself: the token goes to the hub's own host only, not
// to the one that stores the bytes, and the hub's answer, not the store's, describes the file.
func (c *Client) get(ctx context.Context, address string, offset int64) (*http.Response, http.Header, error) {
	header := http.Header{}
	for range maxRedirects {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, nil, err
		}
		c.sign(request)
		if offset > 0 {
			request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		}
		response, err := c.contact(request)
		if err != nil {
			return nil, nil, err
		}
		for name, values := range response.Header {
			if _, known := header[name]; !known {
				header[name] = values
			}
		}
		location, err := response.Location()
		if response.StatusCode < 300 || response.StatusCode >= 400 || err != nil {
			return response, header, nil
		}
		response.Body.Close()
		if request.URL.Scheme == "https" && location.Scheme != "https" {
			return nil, nil, fmt.Errorf("%s: want a redirect to https, got %s", address, location)
		}
		address = location.String()
	}
	return nil, nil, fmt.Errorf("%s: more than %d redirects", address, maxRedirects)
}

// contact sends one request. A hub that never answered is not tried twice in one process.
func (c *Client) contact(request *http.Request) (*http.Response, error) {
	hubs.Lock()
	failure, known := hubs.reached[c.endpoint]
	hubs.Unlock()
	if failure != nil {
		return nil, failure
	}
	response, err := c.http.Do(request)
	switch {
	case request.Context().Err() != nil && err != nil:
		return nil, request.Context().Err()
	case err != nil && known:
		return nil, retryable{err: err}
	case err != nil:
		err = fmt.Errorf("%s is not reachable: %w", c.endpoint, errors.Unwrap(err)) // without url.Error's method and address
	}
	hubs.Lock()
	defer hubs.Unlock()
	if hubs.reached == nil {
		hubs.reached = map[string]error{}
	}
	hubs.reached[c.endpoint] = err
	return response, err
}

var errStalled = errors.New("no byte for too long")

// stallReader cancels a request whose body stops moving, and tells a read's error from a write's.
type stallReader struct {
	body  io.Reader
	timer *time.Timer
	err   error // of reading; a cut body is io.ErrUnexpectedEOF
}

func newStallReader(body io.Reader, cancel context.CancelCauseFunc) *stallReader {
	return &stallReader{body: body, timer: time.AfterFunc(StallTimeout, func() { cancel(errStalled) })}
}

func (r *stallReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.timer.Reset(StallTimeout)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

func (r *stallReader) stop() { r.timer.Stop() }
