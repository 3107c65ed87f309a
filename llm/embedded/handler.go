package embedded

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// handler answers OpenAI's chat protocol:
//
//	POST /v1/chat/completions
//	GET  /v1/models
//	GET  /slots              the engine's counters
//	GET  /health             open to everyone
type handler struct {
	engine *engine
	name   string // the model's
	key    string
	served atomic.Int64
}

func newHandler(e *engine, name, key string) http.Handler {
	h := &handler{engine: e, name: name, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.Handle("GET /v1/models", h.guard(h.models))
	mux.Handle("GET /slots", h.guard(h.slots))
	mux.Handle("POST /v1/chat/completions", h.guard(h.chat))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		(&apiError{http.StatusNotFound, fmt.Sprintf("no such endpoint: %s %s", r.Method, r.URL.Path), "invalid_request_error", ""}).write(w)
	})
	return mux
}

// guard lets only the holder of the run's secret in.
func (h *handler) guard(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found || subtle.ConstantTimeCompare([]byte(token), []byte(h.key)) != 1 {
			(&apiError{http.StatusUnauthorized, "want this run's secret as a bearer token", "authentication_error", "invalid_api_key"}).write(w)
			return
		}
		next(w, r)
	})
}

func (h *handler) models(w http.ResponseWriter, _ *http.Request) {
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		OwnedBy string `json:"owned_by"`
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []model{{h.name, "model", "gradus"}}})
}

func (h *handler) chat(w http.ResponseWriter, r *http.Request) {
	c, err := readChat(w, r)
	if err == nil {
		var req *request
		if req, err = h.request(r.Context(), c); err == nil {
			if err = h.engine.submit(req); err == nil {
				h.reply(w, c, req)
				return
			}
		}
	}
	asAPIError(err).write(w)
}

// reply waits for the engine's events. The engine ends every request with an
// answer or an error, one of a client that has gone too.
func (h *handler) reply(w http.ResponseWriter, c *chatRequest, req *request) {
	head := chatResponse{
		ID:      fmt.Sprintf("chatcmpl-%d", h.served.Add(1)),
		Created: time.Now().Unix(),
		Model:   h.name,
	}
	if c.Stream {
		h.stream(w, c, req, head)
		return
	}
	e := <-req.events
	if e.err != nil {
		asAPIError(e.err).write(w)
		return
	}
	head.Object = "chat.completion"
	head.Choices = []choice{{Message: &said{"assistant", e.answer.text}, FinishReason: nullString(e.answer.finishReason)}}
	head.Usage = usageOf(e.answer)
	writeJSON(w, http.StatusOK, head)
}

// stream sends the answer as server-sent events. An error before the first
// token still has its status; a later one is an event of its own.
func (h *handler) stream(w http.ResponseWriter, c *chatRequest, req *request, head chatResponse) {
	head.Object = "chat.completion.chunk"
	begun := false
	send := func(v any) {
		if !begun {
			w.Header().Set("Content-Type", "text/event-stream")
			begun = true
		}
		data, _ := json.Marshal(v) // our own types: it cannot fail
		fmt.Fprintf(w, "data: %s\n\n", data)
		http.NewResponseController(w).Flush()
	}
	role := "assistant"
	for e := range req.events {
		if e.err != nil && !begun {
			asAPIError(e.err).write(w)
			return
		}
		if e.err != nil {
			send(map[string]*apiError{"error": asAPIError(e.err)})
			return
		}
		if e.text != "" || role != "" {
			head.Choices = []choice{{Delta: &delta{role, e.text}}}
			role = ""
			send(head)
		}
		if e.answer == nil {
			continue
		}
		head.Choices = []choice{{Delta: &delta{}, FinishReason: nullString(e.answer.finishReason)}}
		send(head)
		if c.StreamOptions.IncludeUsage {
			head.Choices, head.Usage = []choice{}, usageOf(e.answer)
			send(head)
		}
		fmt.Fprint(w, "data: [DONE]\n\n")
		return
	}
}

// asAPIError gives an error the status a client's retries go by.
func asAPIError(err error) *apiError {
	var api *apiError
	var bad grammarError
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &bad):
		return badRequest("", "%v", err)
	case errors.Is(err, errBusy):
		return &apiError{http.StatusTooManyRequests, err.Error(), "rate_limit_error", "rate_limit_exceeded"}
	case errors.Is(err, errStopped):
		return &apiError{http.StatusServiceUnavailable, err.Error(), "server_error", ""}
	}
	return &apiError{http.StatusInternalServerError, err.Error(), "server_error", ""}
}
