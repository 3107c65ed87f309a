package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// llmOptions say which LLM a verb asks and what it may use up.
type llmOptions struct {
	spec      string
	model     string
	keyFile   string
	maxTokens int64
	maxCost   float64
	price     string
	offline   bool

	prices llm.Prices // what price says
}

func (o *llmOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.spec, "llm", llm.EmbeddedSpec, "an LLM server's `URL`, such as http://localhost:8000/v1, or embedded[:NAME or FILE.gguf]")
	flags.StringVar(&o.model, "model", "", "the server's model by `NAME` (default: the only one it serves)")
	flags.StringVar(&o.keyFile, "api-key-file", "", "`FILE` with the server's API key (default: from the environment)")
	flags.Int64Var(&o.maxTokens, "max-tokens-total", 0, "stop before using more tokens than this, prompts included (default no limit)")
	flags.Float64Var(&o.maxCost, "max-cost", 0, "stop before spending more `USD` than this, at --price (default no limit)")
	flags.StringVar(&o.price, "price", "", "USD per million tokens, `PROMPT,COMPLETION`, such as 0.15,0.60")
	flags.BoolVar(&o.offline, "offline", false, "open no socket to fetch the embedded LLM, fail if it is not here")
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
	}
	return nil
}

// open starts the embedded LLM, or makes a client for the server.
func (o *llmOptions) open(ctx context.Context, std streams) (*llm.Client, error) {
	key, err := llm.ReadKey(o.keyFile)
	if err != nil {
		return nil, err
	}
	line := newProgress(std.err, "fetch")
	defer line.close()
	return llm.Open(ctx, o.spec, llm.Options{
		Model:  o.model,
		Key:    key,
		Budget: &llm.Budget{MaxTokens: o.maxTokens, MaxCost: o.maxCost, Prices: o.prices},
	}, embedded.Options{
		Assets: assets.Options{Offline: o.offline, Progress: func(asset string, done, total int64) { line.set(done, total, asset) }},
	})
}
