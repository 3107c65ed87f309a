package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// checkOptions say who judges what generate has written.
type checkOptions struct {
	on      bool
	llm     string
	model   string
	keyFile string
}

func (o *checkOptions) addFlags(flags *pflag.FlagSet, run *generate.Options) {
	flags.BoolVar(&o.on, "check", false, "have a judge grade each document; see gradus help judge")
	flags.StringVar(&o.llm, "judge-llm", "", "the judge, a `URL` or embedded[:NAME], as --llm (default the same LLM)")
	flags.StringVar(&o.model, "judge-model", "", "the model of --judge-llm by `NAME`")
	flags.StringVar(&o.keyFile, "judge-api-key-file", "", "`FILE` with the API key of --judge-llm (default: from the environment)")
	flags.IntVar(&run.CheckAttempts, "check-attempts", 2, "times to ask again, in other ways, for a document judged of another grade")
	flags.StringVar(&run.OnMismatch, "on-mismatch", generate.MismatchDrop, "what then becomes of it: drop, relabel (to the judged grade) or keep")
}

func (o *checkOptions) check(opts *generateOptions) error {
	switch run := opts.run; {
	case !o.on && (o.llm != "" || o.model != "" || o.keyFile != ""):
		return usagef("--judge-llm, --judge-model and --judge-api-key-file want --check")
	case o.llm == "" && (o.model != "" || o.keyFile != ""):
		return usagef("--judge-model and --judge-api-key-file want --judge-llm")
	case run.CheckAttempts < 0:
		return usagef("--check-attempts wants nothing negative, got %d", run.CheckAttempts)
	case run.OnMismatch != generate.MismatchDrop && run.OnMismatch != generate.MismatchRelabel && run.OnMismatch != generate.MismatchKeep:
		return usagef("--on-mismatch wants drop, relabel or keep, got %q", run.OnMismatch)
	}
	return nil
}

// open is the judge, and what to close it with. It shares the writer's budget.
func (o *checkOptions) open(ctx context.Context, writer *llm.Client, offline bool) (*generate.Judge, func() error, error) {
	client, closeClient := writer, func() error { return nil }
	if o.llm != "" {
		key, err := llm.ReadKey(o.keyFile)
		if err != nil {
			return nil, nil, err
		}
		client, err = llm.Open(ctx, o.llm, llm.Options{Model: o.model, Key: key, Budget: writer.Budget()},
			embedded.Options{Assets: assets.Options{Offline: offline}})
		if err != nil {
			return nil, nil, err
		}
		closeClient = client.Close
	}
	j, err := judge.New(ctx, client, judge.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, closeClient())
	}
	return &generate.Judge{
		Name: j.Identity(),
		Grade: func(ctx context.Context, query, document string) (generate.Judgment, error) {
			judgment, err := j.Grade(ctx, query, document)
			return generate.Judgment(judgment), err
		},
	}, closeClient, nil
}
