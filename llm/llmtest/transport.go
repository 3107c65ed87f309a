package llmtest

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// Transport serves requests from handler without a network, so that tests in
// a testing/synctest bubble have time of their own. Replies arrive as they are
// written.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	reader, writer := io.Pipe()
	w := &responseWriter{req: req, header: http.Header{}, body: writer, reader: reader, begun: make(chan *http.Response, 1)}
	failed := make(chan error, 1)
	// As on a connection, a reply ends with its request.
	stop := context.AfterFunc(req.Context(), func() { writer.CloseWithError(req.Context().Err()) })
	go func() {
		defer stop()
		aborted := true
		defer func() {
			if fault := recover(); fault != nil && fault != http.ErrAbortHandler {
				panic(fault)
			}
			if aborted {
				failed <- io.ErrUnexpectedEOF
				writer.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			w.WriteHeader(http.StatusOK)
			writer.Close()
		}()
		t.handler.ServeHTTP(w, req)
		aborted = false
	}()
	select {
	case res := <-w.begun:
		return res, nil
	case err := <-failed:
		return nil, err
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

type responseWriter struct {
	req    *http.Request
	header http.Header
	body   *io.PipeWriter
	reader *io.PipeReader
	once   sync.Once
	begun  chan *http.Response
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.begun <- &http.Response{
			Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header.Clone(), Body: w.reader, ContentLength: -1, Request: w.req,
		}
	})
}

func (w *responseWriter) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(data)
}

// Flush has nothing to do: what is written has arrived.
func (w *responseWriter) Flush() {}
