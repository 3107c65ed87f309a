package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// llmOptions say which LLM a verb asks and what it may use up.
type llmOptions struct {
	specs         []string
	model         string
	keyFiles      []string
	concurrency   int // 0 is auto
	timeout       time.Duration
	streamTimeout time.Duration
	maxRetries    int
	maxTokens     int64
	maxCost       float64
	price         string
	offline       bool

	prices    llm.Prices     // what price says
	endpoints []llm.Endpoint // what specs say, none for the embedded LLM
}

func (o *llmOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.specs, "llm", []string{llm.EmbeddedSpec}, "an LLM server's `URL`, such as http://localhost:8000/v1, or embedded[:NAME or FILE.gguf]; several servers of one model share the work, each URL given once, with #weight=2 behind it for twice the share")
	flags.StringVar(&o.model, "model", "", "the server's model by `NAME` (default: the only one it serves)")
	flags.StringArrayVar(&o.keyFiles, "api-key-file", nil, "`FILE` with the server's API key (default: from the environment); for several servers one for all, or one for each --llm in turn")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "time an answer may take before it is asked for again")
	flags.DurationVar(&o.streamTimeout, "stream-timeout", 0, "have answers sent as they grow, and ask again where one stops for this long; --timeout then bounds the wait for its first word (default: sent whole)")
	flags.IntVar(&o.maxRetries, "max-retries", 1000, "stop after so many requests had to be sent again, half a one given back by each answer")
	flags.Int64Var(&o.maxTokens, "max-tokens-total", 0, "stop before using more tokens than this, prompts included (default no limit)")
	flags.Float64Var(&o.maxCost, "max-cost", 0, "stop before spending more `USD` than this, at --price (default no limit)")
	flags.StringVar(&o.price, "price", "", "USD per million tokens, `PROMPT,COMPLETION`, such as 0.15,0.60")
	flags.BoolVar(&o.offline, "offline", false, "open no socket to fetch the embedded LLM, fail if it is not here")
}

// addConcurrency is apart from the other flags for verbs that ask no more than a few questions.
func (o *llmOptions) addConcurrency(flags *pflag.FlagSet) {
	flags.Var((*autoNumber)(&o.concurrency), "concurrency", "requests in flight: a number, or auto for as many as the servers make use of (or the embedded LLM answers at once)")
}

// autoNumber is a flag's value: a number from 1, or auto, which is 0.
type autoNumber int

func (n *autoNumber) Type() string { return "auto|N" }

func (n *autoNumber) String() string {
	if *n == 0 {
		return "auto"
	}
	return strconv.Itoa(int(*n))
}

func (n *autoNumber) Set(text string) error {
	number, err := strconv.Atoi(text)
	switch {
	case text == "auto":
		number = 0
	case err != nil || number < 1 || number > llm.MostConcurrency:
		return usagef("want auto or a number from 1 to %d", llm.MostConcurrency)
	}
	*n = autoNumber(number)
	return nil
}

// check reads what can be wrong on the command line.
func (o *llmOptions) check() error {
	if o.price != "" {
		prompt, completion, ok := strings.Cut(o.price, ",")
		var errs [2]error
		o.prices.Prompt, errs[0] = strconv.ParseFloat(strings.TrimSpace(prompt), 64)
		o.prices.Completion, errs[1] = strconv.ParseFloat(strings.TrimSpace(completion), 64)
		if !ok || errs[0] != nil || errs[1] != nil || !(o.prices.Prompt >= 0) || !(o.prices.Completion >= 0) {
			return usagef("--price: want USD per million tokens as PROMPT,COMPLETION, such as 0.15,0.60, got %q", o.price)
		}
	}
	switch {
	case o.maxTokens < 0 || !(o.maxCost >= 0):
		return usagef("--max-tokens-total and --max-cost want nothing negative, got %d and %g", o.maxTokens, o.maxCost)
	case o.maxCost > 0 && o.prices == llm.Prices{}:
		return usagef("--max-cost wants --price PROMPT,COMPLETION beside it, in USD per million tokens")
	case o.timeout <= 0 || o.streamTimeout < 0 || o.maxRetries < 1:
		return usagef("--timeout and --max-retries want more than 0 and --stream-timeout nothing negative, got %v, %d and %v", o.timeout, o.maxRetries, o.streamTimeout)
	case len(o.keyFiles) > 1 && len(o.keyFiles) != len(o.specs):
		return usagef("--api-key-file: want one for all servers or one for each of %d, got %d", len(o.specs), len(o.keyFiles))
	}
	o.endpoints = nil
	if len(o.specs) == 1 && llm.IsEmbedded(o.specs[0]) {
		return nil
	}
	for _, spec := range o.specs {
		if llm.IsEmbedded(spec) {
			return usagef("--llm: want servers alone or the embedded LLM alone, got both")
		}
		endpoint, err := llm.ParseEndpoint(spec)
		if err != nil {
			return usagef("--llm: %v", err)
		}
		o.endpoints = append(o.endpoints, endpoint)
	}
	return nil
}

// open starts the embedded LLM, or makes a client for the servers.
func (o *llmOptions) open(ctx context.Context, std streams) (*llm.Client, error) {
	opts := llm.Options{
		Model:         o.model,
		Concurrency:   o.concurrency,
		Timeout:       o.timeout,
		StreamTimeout: o.streamTimeout,
		RunRetries:    o.maxRetries,
		Budget:        &llm.Budget{MaxTokens: o.maxTokens, MaxCost: o.maxCost, Prices: o.prices},
	}
	if o.endpoints != nil {
		if o.concurrency == 0 {
			opts.Concurrency = llm.Auto
		}
		var err error
		opts.Endpoints, err = o.withKeys()
		if err != nil {
			return nil, err
		}
		return llm.New(opts)
	}
	line := newProgress(std.err, "fetch")
	defer line.close()
	return llm.Open(ctx, o.specs[0], opts, embedded.Options{
		Assets: assets.Options{Offline: o.offline, Progress: func(asset string, done, total int64) { line.set(done, total, asset) }},
	})
}

// withKeys are the endpoints with the key of each.
func (o *llmOptions) withKeys() ([]llm.Endpoint, error) {
	files := o.keyFiles
	if len(files) == 0 {
		files = []string{""}
	}
	var keys []llm.Secret
	for _, file := range files {
		key, err := llm.ReadKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	endpoints := append([]llm.Endpoint(nil), o.endpoints...)
	for i := range endpoints {
		endpoints[i].Key = keys[min(i, len(keys)-1)]
	}
	return endpoints, nil
}
