package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/serve"
)

type serveOptions struct {
	encoder, vectors               string
	compareEncoder, compareVectors string
	collection, words, report      string
	addr, tokenFile                string
	load                           encoder.Options // of both encoders, but for the prompts
	limits                         serve.Limits
}

func newServeCommand(std streams) *cobra.Command {
	var opts serveOptions
	cmd := &cobra.Command{
		Use:   "serve --encoder E [--vectors DIR --collection DIR] [--addr 127.0.0.1:8080]",
		Short: "Answer over HTTP: embeddings, search, a page",
		Long: `Serve an encoder: /v1/embeddings in OpenAI's protocol and, with --collection,
/search among its documents by vectors (--vectors), by words (--bm25-index) and
by both, and a page for people at /. A second encoder and its vectors of the same
documents stand beside the first on the page. /openapi.json describes it all.

The address is printed once it is listened on; /readyz says when the encoder is
warmed up. Ctrl-C or SIGTERM lets the requests under way end, for --drain at most.

Without a token, only programs of this machine are let in. Any other --addr than
a loopback one wants a token, from --token-file or $` + tokenVariable + `, which clients
send as "Authorization: Bearer TOKEN" and the page asks for. There is no TLS:
put a proxy in front for that.`,
		Example: `  gradus serve --encoder minilm
  gradus serve --encoder minilm --vectors scifact.vectors --collection scifact --bm25-index scifact.bm25
  curl -s localhost:8080/v1/embeddings -d '{"input": ["lift of a wing"], "model": "minilm", "input_type": "query"}'
  curl -s localhost:8080/search -d '{"query": "lift of a wing", "mode": "hybrid"}'`,
		RunE: func(cmd *cobra.Command, args []string) error { return runServe(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id")
	flags.StringVar(&opts.vectors, "vectors", "", "the `DIR` of its vectors of the collection's documents")
	flags.StringVar(&opts.compareEncoder, "compare-encoder", "", "a second model `DIR` or hub id")
	flags.StringVar(&opts.compareVectors, "compare-vectors", "", "the `DIR` of its vectors of the same documents")
	flags.StringVar(&opts.collection, "collection", "", "the collection's `DIR` or hub id")
	flags.StringVar(&opts.words, "bm25-index", "", "search by words too: the BM25 index `DIR`, made where it is not there")
	flags.StringVar(&opts.report, "report", "", "the `DIR` of an experiment's report, for the page to link to")
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "the `HOST:PORT` to listen on; port 0 takes a free one")
	flags.StringVar(&opts.tokenFile, "token-file", "", "the `FILE` with the token that clients must show (default $"+tokenVariable+")")
	flags.IntVar(&opts.load.MaxLength, "max-length", 0, "tokens of a text (default the model's own)")
	addPrecisionFlag(flags, &opts.load, "float32, bfloat16 or int8, of the matrix products")
	addPromptFlags(flags, &opts.load)
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch a model, fail if it is not here")
	flags.IntVar(&opts.limits.BatchTokens, "batch-tokens", 1536, "tokens the encoder takes at once")
	flags.IntVar(&opts.limits.QueueTokens, "queue-tokens", 8192, "tokens that may wait for it, of all requests; others get 429")
	flags.IntVar(&opts.limits.Connections, "max-connections", 2048, "connections open at once; others wait")
	flags.Int64Var(&opts.limits.BodyBytes, "max-body", 4<<20, "bytes of a request's body; larger ones get 413")
	flags.DurationVar(&opts.limits.Timeout, "timeout", time.Minute, "time a request may take; then it gets 504")
	flags.DurationVar(&opts.limits.Drain, "drain", 30*time.Second, "time the requests under way have to end when the server stops")
	return cmd
}

func (o serveOptions) check() error {
	host, _, err := net.SplitHostPort(o.addr)
	switch {
	case o.encoder == "":
		return usagef("serve wants --encoder DIR|HUB_ID")
	case err != nil:
		return usagef("serve wants --addr HOST:PORT, got %q", o.addr)
	case o.vectors != "" && o.collection == "":
		return usagef("serve wants --collection DIR with --vectors, for the documents' texts")
	case o.words != "" && o.collection == "":
		return usagef("serve wants --collection DIR with --bm25-index")
	case o.collection != "" && o.vectors == "" && o.words == "":
		return usagef("serve wants --vectors DIR or --bm25-index DIR, or both, to search the collection by")
	case (o.compareEncoder == "") != (o.compareVectors == ""):
		return usagef("serve wants --compare-encoder and --compare-vectors together")
	case o.compareEncoder != "" && o.vectors == "":
		return usagef("serve wants --vectors DIR, to compare --compare-vectors with")
	case o.limits.BatchTokens < 1 || o.limits.QueueTokens < o.limits.BatchTokens:
		return usagef("serve wants --batch-tokens of at least 1 and --queue-tokens of at least as many, got %d and %d", o.limits.BatchTokens, o.limits.QueueTokens)
	case o.limits.Connections < 1 || o.limits.BodyBytes < 1 || o.limits.Timeout <= 0 || o.limits.Drain <= 0:
		return usagef("serve wants --max-connections, --max-body, --timeout and --drain above 0")
	}
	token, err := readToken(o.tokenFile)
	if err == nil && token == "" && !serve.IsLoopback(o.addr) {
		err = usagef("serve wants a token to listen on %q, in --token-file FILE or $%s; only loopback addresses go without", host, tokenVariable)
	}
	return err
}

// tokenVariable is the environment variable that may hold the token.
const tokenVariable = "GRADUS_SERVE_TOKEN"

// readToken returns the token clients must show, "" for none. Errors never show it.
func readToken(file string) (string, error) {
	const shortest = 16 // what is shorter can be guessed
	source, text := "$"+tokenVariable, os.Getenv(tokenVariable)
	if file == "" && text == "" {
		return "", nil
	}
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		source, text = file, string(data)
	}
	token := strings.TrimSpace(text)
	if len(token) < shortest || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s: want a token of at least %d printable ASCII characters without spaces", source, shortest)
	}
	return token, nil
}

func runServe(ctx context.Context, opts serveOptions, std streams) (err error) {
	if err := opts.check(); err != nil {
		return err
	}
	token, err := readToken(opts.tokenFile)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", opts.addr) // first, so that a port in use is not found out at the end
	if err != nil {
		return err
	}
	defer listener.Close()
	var opened closers
	defer func() { err = errors.Join(err, opened.close()) }()
	what, err := opts.open(ctx, &opened, std)
	if err != nil {
		return err
	}
	what.Token, what.Limits = token, opts.limits
	what.Log = slog.New(slog.NewTextHandler(std.err, nil))
	server, err := serve.New(what)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(std.out, "http://%s\n", listener.Addr()); err != nil {
		return err
	}
	return server.Run(ctx, listener)
}
