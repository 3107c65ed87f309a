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
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

// kind of trouble, by what to do about it.
type kind int

const (
	permanent kind = iota
	dial           // no connection
	timeout        // no answer in time
	badAnswer      // an answer against the protocol
	overload       // 429, 503
	transient      // cut connections, other 5xx
	kinds
)

// timeoutError does not wrap context.DeadlineExceeded, which would read as the caller's own.
type timeoutError struct {
	server  string
	after   time.Duration
	stalled bool // in the middle of an answer
}

func (e *timeoutError) Error() string {
	if e.stalled {
		return fmt.Sprintf("LLM server %s: stopped in the middle of an answer for %v", e.server, e.after)
	}
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
	case errors.Is(err, ErrNoSchema), errors.Is(err, ErrContext), errors.As(err, &redirect), errors.As(err, &down):
		return permanent
	case errors.As(err, &status):
		switch {
		case !worthRetry(status.Code):
			return permanent
		case status.Code == http.StatusTooManyRequests || status.Code == http.StatusServiceUnavailable:
			return overload
		}
		return transient
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
func (c *Client) explain(ctx context.Context, a *attempt, err error) (time.Duration, error) {
	var (
		late        *timeoutError
		broken      *ssestream.StreamError
		operation   *net.OpError
		redirect    *redirectError
		answer      *AnswerError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
	)
	server, res := a.endpoint.server, a.response
	if ended := c.ended(); ended != nil {
		return 0, &DownError{Server: server, Err: ended}
	}
	switch {
	case errors.As(context.Cause(ctx), &late):
		return 0, late
	case errors.As(err, &redirect):
		return 0, redirect
	case errors.As(err, &answer):
		return 0, err
	case errors.As(err, &certificate), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return 0, &DownError{Server: server, Err: bareError(err)}
	case res == nil:
		return 0, fmt.Errorf("LLM server %s: %w", server, bareError(err))
	case res.StatusCode >= 400:
		body := peekBody(res)
		status := &StatusError{
			Server:     server,
			Code:       res.StatusCode,
			Message:    serverWords(body, a.endpoint.key),
			RetryAfter: retryAfter(res.Header, time.Now()),
		}
		if overflows(status, body) {
			return 0, fmt.Errorf("%w: %w", ErrContext, status)
		}
		return status.RetryAfter, status
	case errors.As(err, &broken):
		return 0, fmt.Errorf("LLM server %s broke an answer off: %s", server, serverWords(string(broken.Event.Data), a.endpoint.key))
	case err == io.ErrUnexpectedEOF, errors.As(err, &operation), strings.Contains(err.Error(), "reading response body"):
		return 0, fmt.Errorf("LLM server %s: the connection broke in the middle of an answer", server)
	}
	if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); !strings.Contains(kind, "json") {
		return 0, &AnswerError{Server: server, Err: fmt.Errorf("content of type %q; is the address complete (…/v1)?", a.endpoint.key.hide(kind))}
	}
	return 0, &AnswerError{Server: server, Err: fmt.Errorf("broken JSON: %s", a.endpoint.key.hide(err.Error()))}
}

// overflowWords are those of vLLM and OpenAI, llama.cpp, SGLang, TGI and hosted services.
var overflowWords = regexp.MustCompile(`(?i)context_length_exceeded|exceed_context_size|maximum context length|model's context length|` +
	`exceeds? the (available |model's )?context|context (length|window|size) (is )?exceeded|max_new_tokens.{0,20}must be|(prompt|input) is too long`)

// overflows reports whether a refusal is of a prompt that, with its answer, has no room in the model's context.
func overflows(status *StatusError, body string) bool {
	switch status.Code {
	case http.StatusRequestEntityTooLarge:
		return true
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return overflowWords.MatchString(body)
	}
	return false
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
