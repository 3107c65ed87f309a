package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// request is one to the hub, signed, or to a place that the hub names.
func (c *Client) request(ctx context.Context, method, address string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.absolute(address), body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(c.endpoint, "https:") && request.URL.Scheme != "https" {
		return nil, fmt.Errorf("%s: want https, as the hub's", request.URL.Host)
	}
	c.sign(request)
	return request, nil
}

// absolute is an address of the hub where it is none on its own.
func (c *Client) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return c.endpoint + address
	}
	return address
}

// The media types that are posted.
const (
	jsonType  = "application/json"
	linesType = "application/x-ndjson"
	lfsType   = "application/vnd.git-lfs+json"
)

// post sends a value as JSON; see call.
func (c *Client) post(ctx context.Context, kind, address string, value, answer any) (status int, err error) {
	body, err := json.Marshal(value)
	if err != nil {
		return 0, err
	}
	return c.call(ctx, http.MethodPost, address, kind, body, answer)
}

// call sends a request to the hub, with retries, and reads the JSON of its
// answer, unless answer is nil. An answer other than 2xx is an error.
func (c *Client) call(ctx context.Context, method, address, kind string, body []byte, answer any) (status int, err error) {
	err = again(ctx, func() (bool, error) {
		status, err = c.callOnce(ctx, method, address, kind, body, answer)
		return false, err
	})
	return status, err
}

func (c *Client) callOnce(ctx context.Context, method, address, kind string, body []byte, answer any) (int, error) {
	request, err := c.request(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if kind == lfsType {
		request.Header.Set("Accept", lfsType)
	}
	response, err := c.contact(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return response.StatusCode, c.refused(request, response)
	}
	if answer == nil {
		return response.StatusCode, nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 32<<20)).Decode(answer); err != nil {
		return response.StatusCode, retryable{err: fmt.Errorf("%s: want JSON: %w", request.URL.Path, err)}
	}
	return response.StatusCode, nil
}

// refused says why the hub does not let something be written, and what to do.
func (c *Client) refused(request *http.Request, response *http.Response) error {
	switch response.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("401: the token is not valid there%s; set HF_TOKEN to one that may write", reason(response))
	case http.StatusForbidden:
		return fmt.Errorf("403: the token may not do that%s; set HF_TOKEN to one that may write to the owner's repositories", reason(response))
	case http.StatusNotFound:
		return fmt.Errorf("404: no such repository or branch%s", reason(response))
	}
	return passing(request.URL.Path, response)
}
