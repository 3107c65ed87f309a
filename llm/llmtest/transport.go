package llmtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
)

// Transport serves requests from handler without a network, so that tests in
// a testing/synctest bubble have time of their own.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	cut := make(chan bool, 1)
	go func() {
		aborted := true
		defer func() {
			if fault := recover(); fault != nil && fault != http.ErrAbortHandler {
				panic(fault)
			}
			cut <- aborted
		}()
		t.handler.ServeHTTP(recorder, req)
		aborted = false
	}()
	select {
	case <-req.Context().Done():
		return nil, req.Context().Err()
	case aborted := <-cut:
		if !aborted {
			res := recorder.Result()
			res.Request = req
			return res, nil
		}
		if recorder.Body.Len() == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		res := recorder.Result()
		res.Request = req
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(recorder.Body.Bytes()), broken{}))
		return res, nil
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
