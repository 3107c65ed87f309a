package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Errors that describe an answer. Chat returns them together with the Answer,
// which is filled all the same.
var (
	ErrTruncated = errors.New("the answer was cut at its token limit (finish_reason length)")
	ErrFiltered  = errors.New("the server's content filter stopped the answer (finish_reason content_filter)")
)

var (
	// ErrNoSchema says that the server takes no JSON schema. The client keeps
	// it in mind and says so at once from then on; ask again without one.
	ErrNoSchema = errors.New("the server takes no JSON schema (response_format)")
	// ErrContext says that the prompt and its answer have no room in the
	// model's context. It wraps the server's StatusError; other requests may fit.
	ErrContext = errors.New("the prompt and its answer are over the model's context")
	// ErrBudget says that the budget has no room for another request.
	ErrBudget = errors.New("the budget is used up")
	// ErrRetries says that the client, over all its requests, has retried too
	// large a share of them: the server is in trouble.
	ErrRetries = errors.New("too many requests had to be retried")
)

// StatusError is a refusal by the server that retrying did not, or would not, overcome.
type StatusError struct {
	Server     string // base URL
	Code       int    // HTTP status
	Message    string // the server's words, shortened, any key removed
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("LLM server %s answered %d %s", e.Server, e.Code, http.StatusText(e.Code))
	if e.Message != "" {
		text += ": " + e.Message
	}
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden:
		text += "; is the API key right? It is read from a file or from $" + KeyVariables[0] + " or $" + KeyVariables[1]
	case e.RetryAfter > 0:
		text += fmt.Sprintf("; it asks to wait %v", e.RetryAfter.Round(time.Second))
	}
	return text
}

// DownError says that no connection to the server could be made.
type DownError struct {
	Server string
	Err    error
}

func (e *DownError) Error() string { return fmt.Sprintf("LLM server %s is down: %v", e.Server, e.Err) }
func (e *DownError) Unwrap() error { return e.Err }

// ModelError says that the server answered as another model than asked for.
type ModelError struct{ Server, Want, Got string }

func (e *ModelError) Error() string {
	return fmt.Sprintf("LLM server %s: want answers of model %q, got them of %q", e.Server, e.Want, e.Got)
}

// AnswerError is a reply that is not what the protocol promises: broken JSON,
// no choice, another content type. It is retried like a server's fault.
type AnswerError struct {
	Server string
	Err    error
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("LLM server %s: want a chat completion, got %v", e.Server, e.Err)
}
func (e *AnswerError) Unwrap() error { return e.Err }

// redirectError is a redirect to another host, which must not see the key nor
// the prompts, or where to is "" one redirect too many.
type redirectError struct{ server, to string }

func (e *redirectError) Error() string {
	if e.to == "" {
		return fmt.Sprintf("LLM server %s redirects on and on; want at most 5 redirects", e.server)
	}
	return fmt.Sprintf("LLM server %s redirects to another host, %s, which is not followed; give that address if you trust it", e.server, e.to)
}

// Fatal reports whether err would meet every other request as well, so that a
// run should stop: a wrong key, address or model, a server that is down or
// asks for a long wait, a budget used up, a cancelled context.
func Fatal(err error) bool {
	var (
		down     *DownError
		model    *ModelError
		redirect *redirectError
		status   *StatusError
	)
	switch {
	case errors.As(err, &down), errors.As(err, &model), errors.As(err, &redirect),
		errors.Is(err, ErrBudget), errors.Is(err, ErrRetries),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	case !errors.As(err, &status):
		return false
	}
	switch status.Code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusPaymentRequired, http.StatusMethodNotAllowed:
		return true
	}
	return status.RetryAfter > 0
}
