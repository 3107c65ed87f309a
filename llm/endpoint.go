package llm

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// Endpoint is one of several servers of the same model.
type Endpoint struct {
	URL    string  // as OpenAI clients take it: http://host:8000/v1
	Key    Secret  // "" is that of the options
	Weight float64 // its share of the requests in flight, beside the others'; 0 is 1
}

// ParseEndpoint reads an address as people write it: a URL, where wanted with
// its weight behind it as in http://host:8000/v1#weight=2.
func ParseEndpoint(text string) (Endpoint, error) {
	address, fragment, found := strings.Cut(text, "#")
	e := Endpoint{URL: address, Weight: 1}
	if _, err := checkBaseURL(address); err != nil {
		return e, err
	}
	if !found {
		return e, nil
	}
	number, isWeight := strings.CutPrefix(fragment, "weight=")
	weight, err := strconv.ParseFloat(number, 64)
	if !isWeight || err != nil || !(weight > 0 && weight <= 1000) {
		return e, fmt.Errorf("LLM server %s: want #weight=NUMBER above 0 and at most 1000 behind the address, got %q", address, "#"+fragment)
	}
	e.Weight = weight
	return e, nil
}

// endpoint is a server in use. The fields from inFlight on are under the pool's lock.
type endpoint struct {
	server string // the base URL, for messages
	key    Secret
	weight float64
	chat   openai.ChatCompletionService
	models openai.ModelService
	close  func()

	inFlight  int
	knee      *knee     // nil where the number in flight is not ours to find
	holdUntil time.Time // the server wants no requests before
	restUntil time.Time // left alone after failures until then
	failures  int       // in a row; until the next success it gets one request a rest
	failedAt  time.Time
	downSince time.Time // no connection could be made since; zero while it can
	answered  bool      // some reply has come from it
	answers   int64
	failed    int64
	last      error // the last failure
}

func newEndpoint(e Endpoint, opts Options) (*endpoint, error) {
	base, err := checkBaseURL(e.URL)
	if err != nil {
		return nil, err
	}
	if e.Key == "" {
		e.Key = opts.Key
	}
	if e.Weight == 0 {
		e.Weight = 1
	}
	made := &endpoint{server: strings.TrimSuffix(base.String(), "/"), key: e.Key, weight: e.Weight}
	if opts.Concurrency == Auto {
		made.knee = newKnee(time.Now())
	}
	client := made.httpClient(base, opts.Transport)
	made.close = client.CloseIdleConnections
	common := []option.RequestOption{
		option.WithBaseURL(base.String()),
		option.WithHTTPClient(client),
		option.WithMaxRetries(0), // ours, in retry.go, know Retry-After, the run and the budget
	}
	if e.Key != "" {
		common = append(common, option.WithAPIKey(string(e.Key)))
	}
	// The services alone, not openai.NewClient, which would read further
	// settings and headers from the environment.
	made.chat = openai.NewChatCompletionService(common...)
	made.models = openai.NewModelService(common...)
	return made, nil
}

func checkBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		// Not quoted: an unparsable URL may hold a password.
		return nil, fmt.Errorf("want an LLM server's address like http://host:8000/v1, got something else")
	case base.User != nil || base.RawQuery != "":
		return nil, fmt.Errorf("want the LLM server's address %s://%s… without a password or a query; an API key belongs into a file or the environment", base.Scheme, base.Host)
	}
	return base, nil
}

// httpClient refuses redirects to another host: they would hand it the prompts, if not the key.
func (e *endpoint) httpClient(base *url.URL, transport http.RoundTripper) *http.Client {
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, 1024 // we bound how many are in use
		// One connection a request in flight: a balancer in front of several
		// servers can spread them, and HTTP/2's debug log, which prints
		// headers with the key in them, stays silent.
		own.Protocols = new(http.Protocols)
		own.Protocols.SetHTTP1(true)
		own.ForceAttemptHTTP2 = false
		transport = own
	}
	return &http.Client{
		Transport: boundedTransport{transport},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if next.URL.Scheme != base.Scheme || next.URL.Host != base.Host {
				return &redirectError{server: e.server, to: e.key.hide(next.URL.Scheme + "://" + next.URL.Host)}
			}
			if len(via) >= 5 {
				return &redirectError{server: e.server}
			}
			return nil
		},
	}
}
