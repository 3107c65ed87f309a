package llm

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openai/openai-go/v3/option"

	"github.com/gradus-ir/gradus/llm/embedded"
)

// Options say which server a Client talks to and how patient it is. The zero
// value of every field but BaseURL has a use.
type Options struct {
	BaseURL   string     // as OpenAI clients take it: http://host:8000/v1
	Endpoints []Endpoint // in place of BaseURL: servers of one model, all of which are asked
	Model     string     // "" asks the server, which must serve exactly one
	Key       Secret     // "" sends none

	// Concurrency is the most requests in flight, at all endpoints together;
	// 0 leaves it to the caller, Auto finds what each endpoint makes use of.
	Concurrency int

	Timeout    time.Duration // of one attempt; 0 is 5 minutes
	Retries    int           // of one request; 0 is 8, negative none
	RunRetries int           // over all requests, half a one given back by each success; 0 is 1000
	Patience   time.Duration // with a server that was up and takes no connections; 0 is 2 minutes
	Budget     *Budget       // nil bounds nothing

	// StreamTimeout has answers sent as they grow. Timeout then bounds the
	// wait for their first part, and this the wait for each further one.
	// 0 has them sent whole.
	StreamTimeout time.Duration

	Transport http.RoundTripper // nil is net/http's
}

// Client asks one server, or several of the same model. Its methods may be
// called concurrently.
type Client struct {
	opts   Options
	pool   *pool
	server string // the base URLs, for messages

	embedded *embedded.Server // nil unless Open started one

	mu      sync.Mutex
	model   string
	retries float64         // left to the run
	refused map[string]bool // optional request parameters the server takes offence at
}

// New checks the options; it does not talk to the server.
func New(opts Options) (*Client, error) {
	setDefault(&opts.Timeout, 5*time.Minute)
	setDefault(&opts.Retries, 8)
	setDefault(&opts.RunRetries, 1000)
	setDefault(&opts.Patience, 2*time.Minute)
	if opts.Budget == nil {
		opts.Budget = &Budget{}
	}
	if opts.Endpoints == nil {
		opts.Endpoints = []Endpoint{{URL: opts.BaseURL}}
	}
	c := &Client{
		opts:    opts,
		pool:    &pool{most: max(opts.Concurrency, 0)},
		model:   opts.Model,
		retries: float64(opts.RunRetries),
		refused: map[string]bool{},
	}
	var servers []string
	for _, e := range opts.Endpoints {
		made, err := newEndpoint(e, opts)
		if err != nil {
			return nil, err
		}
		if slices.Contains(servers, made.server) {
			return nil, fmt.Errorf("LLM server %s: want each once, got it twice", made.server)
		}
		c.pool.endpoints = append(c.pool.endpoints, made)
		servers = append(servers, made.server)
	}
	c.server = strings.Join(servers, ", ")
	return c, nil
}

func setDefault[T time.Duration | int](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Server is the base URL, with several of them in a row.
func (c *Client) Server() string { return c.server }

// Budget is the one of the options, or one that only counts.
func (c *Client) Budget() *Budget { return c.opts.Budget }

// Concurrency is how many requests in flight are of use now: what the options
// say, or what Auto has found so far. 0 leaves it to the caller.
func (c *Client) Concurrency() int { return c.pool.concurrency() }

// MostInFlight is how many requests a caller with enough to ask should have
// under way: the embedded model's slots, what the options say, or with Auto so
// many that the client never lacks one to send. A server of which nothing is
// known gets 8.
func (c *Client) MostInFlight() int {
	switch {
	case c.opts.Concurrency == Auto:
		return MostConcurrency
	case c.opts.Concurrency > 0:
		return c.opts.Concurrency
	case c.embedded != nil:
		return c.embedded.Slots()
	}
	return 8
}

// EndpointReport is how an endpoint has done.
type EndpointReport struct {
	Server      string
	Answers     int64
	Failures    int64 // attempts
	Concurrency int   // what Auto has found, 0 if it does not look
	Last        error // the last failure
}

// Report tells of each endpoint, in the order of the options.
func (c *Client) Report() []EndpointReport { return c.pool.report() }

// Refused lists the optional parameters the server did not take and the
// client now leaves out: response_format, seed, temperature, max_tokens, stream.
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
	err := c.retry(ctx, func(ctx context.Context, a *attempt) error {
		page, err := a.endpoint.models.List(ctx, option.WithResponseInto(&a.response))
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
