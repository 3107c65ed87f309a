package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// apiError is an answer that is none, in the shape of OpenAI's. Its message is
// for the client: it names no file and no part of the machine.
type apiError struct {
	status  int
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
	after   int     // seconds until a retry makes sense; 0 is none
}

func (e *apiError) Error() string { return e.Message }

// refusal is a fault of the request: a status of 4xx, a machine-readable code,
// the field at fault ("" is none in particular) and what was wanted.
func refusal(status int, code, param, format string, args ...any) *apiError {
	e := &apiError{status: status, Message: fmt.Sprintf(format, args...), Type: "invalid_request_error", Code: &code}
	if param != "" {
		e.Param = &param
	}
	return e
}

func badRequest(param, format string, args ...any) *apiError {
	return refusal(http.StatusBadRequest, "invalid_value", param, format, args...)
}

func notFound(code, param, format string, args ...any) *apiError {
	return refusal(http.StatusNotFound, code, param, format, args...)
}

func trouble(status int, kind, code, message string) *apiError {
	return &apiError{status: status, Message: message, Type: kind, Code: &code}
}

// statusGone is for the log alone: the client went away and reads no answer.
const statusGone = 499

// asAPIError gives an error the status that a client's retries go by. What it
// does not know stays inside: the answer says only that there was a fault.
func asAPIError(err error) *apiError {
	var api *apiError
	var busy busyError
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &busy):
		e := trouble(http.StatusTooManyRequests, "rate_limit_error", "queue_full", err.Error())
		e.after = seconds(busy.after)
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return trouble(http.StatusGatewayTimeout, "server_error", "timeout", "the request took longer than this server allows")
	case errors.Is(err, errStopping):
		e := trouble(http.StatusServiceUnavailable, "server_error", "stopping", err.Error())
		e.after = 1
		return e
	case errors.Is(err, context.Canceled):
		return trouble(statusGone, "server_error", "cancelled", "the client went away")
	}
	return trouble(http.StatusInternalServerError, "server_error", "internal_error", "a fault inside the server; its log says more")
}

func (e *apiError) write(w http.ResponseWriter) {
	if e.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.after))
	}
	writeJSON(w, e.status, map[string]*apiError{"error": e})
}

// endpoint is a handler that returns its answer, or why there is none.
type endpoint func(r *http.Request) (answer any, err error)

// handle answers with JSON. Faults inside the server are logged.
func (s *Server) handle(do endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.limits.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, s.limits.BodyBytes)
		answer, err := do(r)
		if err == nil {
			writeJSON(w, http.StatusOK, answer)
			return
		}
		if s.stopped(ctx) {
			err = errStopping
		}
		api := asAPIError(err)
		if api.status == http.StatusInternalServerError {
			s.log.Error("request", "route", r.URL.Path, "error", err)
		}
		api.write(w)
	})
}

// readJSON reads a body that is one JSON value. With strict, a field that the
// value has not is refused: a misspelt option must not pass for a default.
func readJSON(r *http.Request, value any, strict bool) error {
	decoder := json.NewDecoder(r.Body)
	if strict {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(value)
	if err == nil {
		if _, err = decoder.Token(); err == io.EOF {
			return nil
		}
		if err == nil {
			return badRequest("", "want one JSON object as body, got more behind it")
		}
	}
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	var api *apiError
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &large):
		return refusal(http.StatusRequestEntityTooLarge, "body_too_large", "", "want a body of at most %d bytes; split the request", large.Limit)
	case errors.As(err, &kind):
		return badRequest(kind.Field, "want %s as a JSON %s, got a %s", nameOf(kind.Field), jsonKind(kind), kind.Value)
	case err == io.EOF:
		return badRequest("", "want a JSON object as body, got nothing")
	case r.Context().Err() != nil:
		return r.Context().Err()
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // encoding/json has no type for it
		field = strings.Trim(field, `"`)
		return refusal(http.StatusBadRequest, "unknown_field", field, "unknown field %q", field)
	}
	return badRequest("", "want a JSON object as body: %v", err)
}

func nameOf(field string) string {
	if field == "" {
		return "the body"
	}
	return field
}

// jsonKind names what was wanted in JSON's words rather than Go's.
func jsonKind(err *json.UnmarshalTypeError) string {
	switch err.Type.Kind().String() {
	case "int", "float64":
		return "number"
	case "bool":
		return "boolean"
	case "slice":
		return "array"
	case "struct", "map":
		return "object"
	}
	return err.Type.Kind().String()
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(value) // a client that is gone is nobody to tell
}
