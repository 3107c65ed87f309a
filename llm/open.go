package llm

import (
	"context"
	"fmt"
	"strings"

	"github.com/gradus-ir/gradus/llm/embedded"
)

// EmbeddedSpec names the embedded model in Open, alone or as embedded:NAME.
const EmbeddedSpec = "embedded"

// Open returns a client of the LLM that spec names: a server's address, or
// the embedded model, which it starts: "embedded", "embedded:NAME" or
// "embedded:/path/model.gguf". For the embedded one the address, the key and
// the model are its own, and here says how to run it. Close the client when done.
func Open(ctx context.Context, spec string, opts Options, here embedded.Options) (*Client, error) {
	name, isEmbedded := embeddedName(spec)
	if !isEmbedded {
		endpoint, err := ParseEndpoint(spec)
		if err != nil {
			return nil, err
		}
		opts.Endpoints = []Endpoint{endpoint}
		return New(opts)
	}
	if opts.Model != "" {
		return nil, fmt.Errorf("LLM %s: want its model named as %s:NAME, got %q beside it", spec, EmbeddedSpec, opts.Model)
	}
	here.Model = name
	server, err := embedded.Start(ctx, here)
	if err != nil {
		return nil, fmt.Errorf("embedded LLM: %w", err)
	}
	opts.BaseURL, opts.Endpoints, opts.Key, opts.Model = server.URL(), nil, Secret(server.Key()), server.Model()
	opts.Concurrency = server.Slots() // more only wait
	client, err := New(opts)
	if err != nil {
		server.Close()
		return nil, err
	}
	client.embedded = server
	return client, nil
}

// IsEmbedded reports whether spec names the embedded model, and not a server.
func IsEmbedded(spec string) bool {
	_, isEmbedded := embeddedName(spec)
	return isEmbedded
}

// embeddedName is what follows embedded: in spec, "" for embedded alone.
func embeddedName(spec string) (name string, isEmbedded bool) {
	name, isEmbedded = strings.CutPrefix(spec, EmbeddedSpec)
	return strings.TrimPrefix(name, ":"), isEmbedded && (name == "" || name[0] == ':')
}

// Slots is how many requests an embedded model answers at once, 0 for a
// server, which does not tell.
func (c *Client) Slots() int {
	if c.embedded == nil {
		return 0
	}
	return c.embedded.Slots()
}

// Close ends the embedded model, if the client has one, and idle connections.
func (c *Client) Close() error {
	for _, e := range c.pool.endpoints {
		e.close()
	}
	if c.embedded == nil {
		return nil
	}
	return c.embedded.Close()
}

// ended is why the embedded model is gone for good, nil while it is not.
func (c *Client) ended() error {
	if c.embedded == nil {
		return nil
	}
	return c.embedded.Err()
}
