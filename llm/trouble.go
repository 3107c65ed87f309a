package llm

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// kind of trouble, by what to do about it.
type kind int

const (
	permanent kind = iota
	dial           // no connection
	timeout        // no answer in time
	badAnswer      // an answer against the protocol
	transient      // cut connections, 429, 5xx
	kinds
)

// timeoutError does not wrap context.DeadlineExceeded, which would read as the caller's own.
type timeoutError struct {
	server string
	after  time.Duration
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("LLM server %s: want an answer within %v, got none", e.server, e.after)
}

func (c *Client) kindOf(err error) kind {
	var (
		status    *StatusError
		answer    *AnswerError
		late      *timeoutError
		redirect  *redirectError
		down      *DownError
		operation *net.OpError
		lookup    *net.DNSError
	)
	switch {
	case errors.Is(err, ErrNoSchema), errors.As(err, &redirect), errors.As(err, &down):
		return permanent
	case errors.As(err, &status):
		if worthRetry(status.Code) && status.RetryAfter <= longestWait {
			return transient
		}
		return permanent
	case errors.As(err, &answer):
		return badAnswer
	case errors.As(err, &late):
		return timeout
	case errors.As(err, &lookup),
		errors.As(err, &operation) && operation.Op == "dial",
		errors.Is(err, syscall.ECONNREFUSED):
		return dial
	}
	return transient // reset, unexpected EOF: the connection was there and broke
}

func worthRetry(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return code >= 500
}

// explain turns an attempt's error into one of this package's, and reads how
// long the server wants to be left alone.
func (c *Client) explain(ctx context.Context, err error, res *http.Response) (time.Duration, error) {
	var (
		redirect    *redirectError
		answer      *AnswerError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
	)
	if ended := c.ended(); ended != nil {
		return 0, &DownError{Server: c.server, Err: ended}
	}
	switch {
	case ctx.Err() != nil:
		return 0, &timeoutError{c.server, c.opts.Timeout}
	case errors.As(err, &redirect):
		return 0, redirect
	case errors.As(err, &answer):
		return 0, err
	case errors.As(err, &certificate), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return 0, &DownError{Server: c.server, Err: bareError(err)}
	case res == nil:
		return 0, fmt.Errorf("LLM server %s: %w", c.server, bareError(err))
	case res.StatusCode >= 400:
		status := &StatusError{
			Server:     c.server,
			Code:       res.StatusCode,
			Message:    serverWords(peekBody(res), c.opts.Key),
			RetryAfter: retryAfter(res.Header, time.Now()),
		}
		if status.RetryAfter > longestWait {
			return 0, status
		}
		return status.RetryAfter, status
	case errors.Is(err, io.ErrUnexpectedEOF) && strings.Contains(err.Error(), "reading response body"):
		return 0, fmt.Errorf("LLM server %s: the connection broke in the middle of an answer", c.server)
	}
	if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); !strings.Contains(kind, "json") {
		return 0, &AnswerError{Server: c.server, Err: fmt.Errorf("content of type %q; is the address complete (…/v1)?", c.opts.Key.hide(kind))}
	}
	return 0, &AnswerError{Server: c.server, Err: fmt.Errorf("broken JSON: %s", c.opts.Key.hide(err.Error()))}
}

// bareError takes off net/http's `Post "http://…":`, which our messages say already.
func bareError(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// peekBody reads the body of an error reply, which the SDK has buffered.
func peekBody(res *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	res.Body = io.NopCloser(strings.NewReader(string(text)))
	return string(text)
}

// serverWords picks the message out of the shapes that servers give errors,
// and makes it one line that a person reads.
func serverWords(body string, key Secret) string {
	var shapes struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	text := body
	if json.Unmarshal([]byte(body), &shapes) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var plain string
		switch {
		case json.Unmarshal(shapes.Error, &inner) == nil && inner.Message != "":
			text = inner.Message
		case json.Unmarshal(shapes.Error, &plain) == nil && plain != "":
			text = plain
		case shapes.Message != "":
			text = shapes.Message
		case json.Unmarshal(shapes.Detail, &plain) == nil && plain != "":
			text = plain
		}
	}
	text = key.hide(text) // before it is shortened, which could leave a part of the key
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	const most = 300
	if len(text) > most {
		cut := most
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return text
}

// maxReply bounds what one reply may take of memory, whatever the server sends.
const maxReply = 32 << 20

type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxReply), res.Body}
	}
	return res, err
}
