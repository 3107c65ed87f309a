package hub

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// statusError says what an answer of another status than 200 means and what to
// do about it; missing is what a 404 says. Those that pass are retryable.
func (c *Client) statusError(where, missing string, response *http.Response) error {
	gated := response.Header.Get("X-Error-Code") == "GatedRepo"
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized && gated:
		return fmt.Errorf("%s: 401: its owner wants terms accepted on that page; do that, and set HF_TOKEN to a token of that account", where)
	case code == http.StatusUnauthorized && c.token == "":
		return fmt.Errorf("%s: 401: no such repository, or a private one; set HF_TOKEN to a token that may read it", where)
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%s: 401: HF_TOKEN is not valid there", where)
	case code == http.StatusForbidden:
		return fmt.Errorf("%s: 403: its owner wants terms accepted on that page, and HF_TOKEN set to a token of that account", where)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s: 404: %s", where, missing)
	}
	return passing(where, response)
}

// passing is an error to try again after where the status says so.
func passing(where string, response *http.Response) error {
	code := response.StatusCode
	if code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500 {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return retryable{fmt.Errorf("%s: %s", where, response.Status), time.Duration(seconds) * time.Second}
	}
	return fmt.Errorf("%s: want 200, got %s%s", where, response.Status, reason(response))
}

// reason is what the hub says of a refusal, "" for nothing.
func reason(response *http.Response) string {
	var answer struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if json.Unmarshal(text, &answer) != nil || answer.Error+answer.Message == "" {
		return ""
	}
	if answer.Error == "" {
		answer.Error = answer.Message
	}
	return fmt.Sprintf(": %.300q", answer.Error)
}
