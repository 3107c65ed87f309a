package assets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// hub speaks the download half of the Hugging Face hub's protocol.
type hub struct {
	endpoint string
	token    string
	client   *http.Client
}

// hubFile is a file at a revision of a repository; Size is -1 where it is not known yet.
type hubFile struct {
	Repo, Revision, Path string
	Size                 int64
}

// hubSink receives a file from the hub.
type hubSink struct {
	have  func() int64                             // bytes that are here already
	write func(offset int64, body io.Reader) error // takes body from offset on
}

// Retries: variables so that tests do not wait.
var (
	retryPause   = 500 * time.Millisecond // doubled each time
	stallTimeout = time.Minute            // without a byte
)

const (
	maxAttempts   = 5
	maxRedirects  = 5
	maxRetryAfter = time.Minute
)

func newHub() *hub {
	endpoint := strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/")
	if endpoint == "" {
		endpoint = "https://huggingface.co"
	}
	return &hub{endpoint, os.Getenv("HF_TOKEN"), &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // get follows them
	}}
}

// retryable is an error after which the same request may succeed.
type retryable struct {
	err   error
	after time.Duration // the server's own wish
}

func (r retryable) Error() string { return r.err.Error() }
func (r retryable) Unwrap() error { return r.err }

// download brings what sink lacks of a file, with retries; what came before a
// cut stays and is not asked for again. It returns the headers that describe
// the file, nil where all of it was here.
func (h *hub) download(ctx context.Context, file hubFile, sink hubSink) (http.Header, error) {
	var header http.Header
	err := h.again(ctx, func() (advanced bool, err error) {
		before := sink.have()
		header, err = h.try(ctx, file, sink)
		return sink.have() > before, err
	})
	return header, err
}

// again calls try until it succeeds, fails for good, or failed maxAttempts times without advancing.
func (h *hub) again(ctx context.Context, try func() (advanced bool, err error)) error {
	for attempt := 1; ; attempt++ {
		advanced, err := try()
		var again retryable
		if err == nil || ctx.Err() != nil || !errors.As(err, &again) {
			return err
		}
		if advanced {
			attempt = 1
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%w (tried %d times)", err, attempt)
		}
		pause := retryPause << (attempt - 1)
		pause = max(pause+rand.N(pause/2+1), min(again.after, maxRetryAfter))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (h *hub) try(ctx context.Context, file hubFile, sink hubSink) (http.Header, error) {
	offset := sink.have()
	if offset > 0 && offset == file.Size {
		return nil, nil // all here, not yet verified
	}
	address := h.endpoint + "/" + file.Repo + "/resolve/" + url.PathEscape(file.Revision) + "/" + escapePath(file.Path)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, header, err := h.get(ctx, address, offset)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		offset = 0 // a server that knows no ranges sends all of it
	case http.StatusPartialContent:
		if got := response.Header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", offset)) {
			return nil, fmt.Errorf("%s: want bytes from %d on, got Content-Range %q", address, offset, got)
		}
	case http.StatusRequestedRangeNotSatisfiable: // what is here is longer than the file
		return nil, retryable{err: errors.Join(fmt.Errorf("%s: no bytes from %d on", address, offset), sink.write(0, strings.NewReader("")))}
	default:
		return nil, h.statusError(file, response)
	}
	body := newStallReader(response, cancel)
	defer body.stop()
	if err := sink.write(offset, body); err != nil {
		if cause := context.Cause(ctx); body.err != nil && (cause == nil || cause == errStalled) {
			return nil, retryable{err: fmt.Errorf("%s: cut after %d bytes: %w", address, sink.have(), cmp.Or(cause, body.err))}
		}
		return nil, err
	}
	if got := sink.have(); got < file.Size {
		return nil, retryable{err: fmt.Errorf("%s: want %d bytes, got %d", address, file.Size, got)}
	}
	return header, nil
}

func (h *hub) statusError(file hubFile, response *http.Response) error {
	where := h.endpoint + "/" + file.Repo
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized && h.token == "":
		return fmt.Errorf("%s: 401: no such repository, or a private one; set HF_TOKEN to a token that may read it", where)
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%s: 401: HF_TOKEN is not valid there", where)
	case code == http.StatusForbidden:
		return fmt.Errorf("%s: 403: its owner wants terms accepted on that page, and HF_TOKEN set to a token of that account", where)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s: 404: no file %s at revision %s", where, file.Path, file.Revision)
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return retryable{fmt.Errorf("%s: %s", where, response.Status), time.Duration(seconds) * time.Second}
	default:
		return fmt.Errorf("%s: want 200, got %s", where, response.Status)
	}
}

func escapePath(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}
