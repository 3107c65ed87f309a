package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// File is a file at a revision of a repository; Repo is owner/name, after
// datasets/ for a data set. Size is -1 where it is not known yet.
type File struct {
	Repo, Revision, Path string
	Size                 int64
}

// Sink receives a file from the hub.
type Sink struct {
	Have  func() int64                             // bytes that are here already
	Write func(offset int64, body io.Reader) error // takes body from offset on
}

// Download brings what sink lacks of a file, with retries; what came before a
// cut stays and is not asked for again. It returns the headers that describe
// the file, nil where all of it was here.
func (c *Client) Download(ctx context.Context, file File, sink Sink) (http.Header, error) {
	var header http.Header
	err := again(ctx, func() (advanced bool, err error) {
		before := sink.Have()
		header, err = c.try(ctx, file, sink)
		return sink.Have() > before, err
	})
	return header, err
}

func (c *Client) try(ctx context.Context, file File, sink Sink) (http.Header, error) {
	offset := sink.Have()
	if offset > 0 && offset == file.Size {
		return nil, nil // all here, not yet verified
	}
	address := c.endpoint + "/" + file.Repo + "/resolve/" + url.PathEscape(file.Revision) + "/" + escapePath(file.Path)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, header, err := c.get(ctx, address, offset)
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
		return nil, retryable{err: errors.Join(fmt.Errorf("%s: no bytes from %d on", address, offset), sink.Write(0, strings.NewReader("")))}
	default:
		return nil, c.statusError(c.endpoint+"/"+file.Repo, "no file "+file.Path+" at revision "+file.Revision, response)
	}
	body := newStallReader(response.Body, cancel)
	defer body.stop()
	if err := sink.Write(offset, body); err != nil {
		if cause := context.Cause(ctx); body.err != nil && (cause == nil || cause == errStalled) {
			return nil, retryable{err: fmt.Errorf("%s: cut after %d bytes: %w", address, sink.Have(), cmp.Or(cause, body.err))}
		}
		return nil, err
	}
	if got := sink.Have(); got < file.Size {
		return nil, retryable{err: fmt.Errorf("%s: want %d bytes, got %d", address, file.Size, got)}
	}
	return header, nil
}
