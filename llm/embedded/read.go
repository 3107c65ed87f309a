package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
)

// What is drawn with when a request does not say: the defaults of llama.cpp's
// own server, under which small quantised models stay on the subject.
const (
	defaultTemperature = 0.8
	defaultTopP        = 0.95
	defaultMinP        = 0.05
)

// largestBody bounds a request; more than any context holds.
const largestBody = 4 << 20

var roles = []string{"system", "user", "assistant"}

func readChat(w http.ResponseWriter, r *http.Request) (*chatRequest, error) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, largestBody)); err != nil {
		return nil, badRequest("", "reading the request: %v", err)
	}
	req := new(chatRequest)
	if err := json.Unmarshal(body.Bytes(), req); err != nil {
		return nil, badRequest("", "the request is not a chat completion request: %v", err)
	}
	return req, nil
}

// request checks a chat request and turns it into one for the engine.
func (h *handler) request(ctx context.Context, c *chatRequest) (*request, error) {
	if c.Model != "" && c.Model != h.name {
		return nil, &apiError{http.StatusNotFound, fmt.Sprintf("want model %q, got %q", h.name, c.Model), "invalid_request_error", "model_not_found"}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	source, err := c.grammar()
	if err != nil {
		return nil, badRequest("", "response_format: %v", err)
	}
	prompt, err := h.engine.model.prompt(c.Messages)
	if err != nil {
		return nil, badRequest("", "messages: %v", err)
	}
	room := h.engine.model.perSlot - len(prompt)
	most := room
	if n := c.maxTokens(); n != nil {
		most = *n
	}
	if room < 1 || most > room {
		return nil, badRequest("context_length_exceeded",
			"this model's maximum context length is %d tokens; the messages have %d and the answer may have %d",
			h.engine.model.perSlot, len(prompt), max(most, 1))
	}
	req := newRequest(ctx, prompt, most, c.Stream)
	req.sampling, req.stops, req.grammar = c.sampling(), c.Stop, source
	return req, nil
}

// check refuses what is out of range or would change the answer unserved.
func (c *chatRequest) check() error {
	if len(c.Messages) == 0 {
		return badRequest("", "messages: want at least one")
	}
	for i, m := range c.Messages {
		if m.Role == "developer" {
			c.Messages[i].Role = "system"
		} else if !slices.Contains(roles, m.Role) {
			return badRequest("", "messages[%d].role: want system, user or assistant, got %q", i, m.Role)
		}
	}
	if n := c.maxTokens(); n != nil && *n < 1 {
		return badRequest("", "max_tokens: want at least 1, got %d", *n)
	}
	if t := c.Temperature; t != nil && (*t < 0 || *t > 2) {
		return badRequest("", "temperature: want 0 to 2, got %v", *t)
	}
	if p := c.TopP; p != nil && (*p <= 0 || *p > 1) {
		return badRequest("", "top_p: want more than 0 and at most 1, got %v", *p)
	}
	if p := c.MinP; p != nil && (*p < 0 || *p > 1) {
		return badRequest("", "min_p: want 0 to 1, got %v", *p)
	}
	if len(c.Stop) > 16 || slices.Contains(c.Stop, "") {
		return badRequest("", "stop: want at most 16 strings, none empty")
	}
	switch {
	case c.N != nil && *c.N != 1:
		return badRequest("", "n: want 1, got %d; send the request %d times", *c.N, *c.N)
	case len(c.Tools) > 0 && !slices.Contains([]string{"null", "[]"}, string(c.Tools)):
		return badRequest("", "tools are not supported")
	case c.Logprobs:
		return badRequest("", "logprobs are not supported")
	}
	return nil
}

func (c *chatRequest) maxTokens() *int {
	if c.MaxCompletionTokens != nil {
		return c.MaxCompletionTokens
	}
	return c.MaxTokens
}

// sampling fills in the defaults. A request without a seed gets a random one.
func (c *chatRequest) sampling() sampling {
	s := sampling{defaultTemperature, defaultTopP, defaultMinP, rand.Uint64()}
	if c.Temperature != nil {
		s.temperature = *c.Temperature
	}
	if c.TopP != nil {
		s.topP = *c.TopP
	}
	if c.MinP != nil {
		s.minP = *c.MinP
	}
	if c.Seed != nil {
		s.seed = uint64(*c.Seed)
	}
	return s
}

// grammar is the GBNF of the response format, empty for text.
func (c *chatRequest) grammar() (string, error) {
	if c.ResponseFormat == nil {
		return "", nil
	}
	switch f := c.ResponseFormat; f.Type {
	case "text":
		return "", nil
	case "json_object":
		return anyObject, nil
	case "json_schema":
		if len(f.JSONSchema.Schema) == 0 {
			return "", errors.New("json_schema: want a schema")
		}
		return schemaGrammar(f.JSONSchema.Schema)
	default:
		return "", fmt.Errorf("want type text, json_object or json_schema, got %q", f.Type)
	}
}
