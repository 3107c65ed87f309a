package llm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/gradus-ir/gradus/llm/embedded"
)

// Options say which server a Client talks to and how patient it is. The zero
// value of every field but BaseURL has a use.
type Options struct {
	BaseURL string // as OpenAI clients take it: http://host:8000/v1
	Model   string // "" asks the server, which must serve exactly one
	Key     Secret // "" sends none

	Timeout    time.Duration // of one attempt; 0 is 5 minutes
	Retries    int           // of one request; 0 is 8, negative none
	RunRetries int           // over all requests, half a one given back by each success; 0 is 1000
	Patience   time.Duration // with a server that was up and takes no connections; 0 is 2 minutes
	Budget     *Budget       // nil bounds nothing

	Transport http.RoundTripper // nil is net/http's
}

// Client asks one server. Its methods may be called concurrently.
type Client struct {
	opts   Options
	server string // the base URL, for messages
	chat   openai.ChatCompletionService
	models openai.ModelService

	embedded *embedded.Server // nil unless Open started one

	answered  atomic.Bool  // some reply has come from the server
	holdUntil atomic.Int64 // Unix nanoseconds before which the server wants no requests

	mu      sync.Mutex
	model   string
	retries float64         // left to the run
	refused map[string]bool // optional request parameters the server takes offence at
}

// New checks the options; it does not talk to the server.
func New(opts Options) (*Client, error) {
	base, err := checkBaseURL(opts.BaseURL)
	if err != nil {
		return nil, err
	}
	setDefault(&opts.Timeout, 5*time.Minute)
	setDefault(&opts.Retries, 8)
	setDefault(&opts.RunRetries, 1000)
	setDefault(&opts.Patience, 2*time.Minute)
	if opts.Budget == nil {
		opts.Budget = &Budget{}
	}
	c := &Client{
		opts:    opts,
		server:  strings.TrimSuffix(base.String(), "/"),
		model:   opts.Model,
		retries: float64(opts.RunRetries),
		refused: map[string]bool{},
	}
	common := []option.RequestOption{
		option.WithBaseURL(base.String()),
		option.WithHTTPClient(c.httpClient(base)),
		option.WithMaxRetries(0), // ours, in retry.go, know Retry-After, the run and the budget
	}
	if opts.Key != "" {
		common = append(common, option.WithAPIKey(string(opts.Key)))
	}
	// The services alone, not openai.NewClient, which would read further
	// settings and headers from the environment.
	c.chat = openai.NewChatCompletionService(common...)
	c.models = openai.NewModelService(common...)
	return c, nil
}

func setDefault[T time.Duration | int](field *T, value T) {
	if *field == 0 {
		*field = value
	}
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
func (c *Client) httpClient(base *url.URL) *http.Client {
	transport := c.opts.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, 1024 // the caller bounds how many are in use
		transport = own
	}
	return &http.Client{
		Transport: boundedTransport{transport},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if next.URL.Scheme != base.Scheme || next.URL.Host != base.Host {
				return &redirectError{server: c.server, to: c.opts.Key.hide(next.URL.Scheme + "://" + next.URL.Host)}
			}
			if len(via) >= 5 {
				return fmt.Errorf("want at most 5 redirects, got more")
			}
			return nil
		},
	}
}

// Server is the base URL.
func (c *Client) Server() string { return c.server }

// Budget is the one of the options, or one that only counts.
func (c *Client) Budget() *Budget { return c.opts.Budget }

// Refused lists the optional parameters the server did not take and the
// client now leaves out: response_format, seed, temperature, max_tokens.
func (c *Client) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, name := range optionalParameters {
		if c.refused[name] {
			names = append(names, name)
		}
	}
	return names
}

func (c *Client) refuses(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused[name]
}

// Model is the model that is asked: the one of the options, or the only one
// the server lists.
func (c *Client) Model(ctx context.Context) (string, error) {
	c.mu.Lock()
	model := c.model
	c.mu.Unlock()
	if model != "" {
		return model, nil
	}
	var names []string
	err := c.retry(ctx, func(ctx context.Context, res **http.Response) error {
		page, err := c.models.List(ctx, option.WithResponseInto(res))
		if err != nil {
			return err
		}
		names = names[:0]
		for _, model := range page.Data {
			names = append(names, model.ID)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("asking for the model: %w", err)
	}
	if len(names) != 1 {
		return "", fmt.Errorf("LLM server %s: want the model named, as it serves %d: %s", c.server, len(names), strings.Join(names, ", "))
	}
	c.mu.Lock()
	c.model = names[0]
	c.mu.Unlock()
	return names[0], nil
}
