package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/llm/embedded"
)

func newLLMCommand(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "llm",
		Short: "Run the embedded LLM on its own",
		Long: `Run the embedded LLM on its own, without an experiment around it.

gradus generate and gradus demo start it by themselves with --llm embedded.`,
		Example: "  gradus llm serve --model qwen2.5-coder-1.5b",
		RunE:    func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLLMServeCommand(std))
	return cmd
}

type llmServeOptions struct {
	server embedded.Options
	child  bool
}

func newLLMServeCommand(std streams) *cobra.Command {
	var opts llmServeOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the embedded LLM on loopback, OpenAI protocol",
		Long: `Serve the embedded LLM on loopback, in OpenAI's chat protocol, until interrupted.

Prints one line of JSON when it answers: its base URL, the run's secret (the
API key that clients must send) and the model's name.
` + exitStatusHelp,
		Example: `  gradus llm serve
  gradus llm serve --model ./Qwen2.5-7B-Instruct-Q4_K_M.gguf --slots 8 --addr 127.0.0.1:8081`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runLLMServe(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.server.Model, "model", embedded.DefaultModel, "smollm2, qwen2.5-coder-1.5b or the path of a .gguf file")
	flags.IntVar(&opts.server.Slots, "slots", 0, "requests answered at once (default 16)")
	flags.IntVar(&opts.server.ContextPerSlot, "context", 0, "tokens a request's messages and answer may have together (default 2048)")
	flags.IntVar(&opts.server.Threads, "threads", 0, "threads computing (default: physical cores)")
	flags.StringVar(&opts.server.Addr, "addr", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	flags.BoolVar(&opts.server.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.BoolVar(&opts.child, "child", false, "be the process that gradus starts")
	flags.MarkHidden("child")
	return cmd
}

func runLLMServe(ctx context.Context, opts llmServeOptions, std streams) error {
	if opts.child {
		return embedded.RunChild(ctx, std.in, std.out)
	}
	server, err := embedded.Start(ctx, opts.server)
	if err != nil {
		return err
	}
	defer server.Close()
	line, err := json.Marshal(map[string]string{"url": server.URL(), "key": server.Key(), "model": server.Model()})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(std.out, "%s\n", line); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-server.Done():
		return server.Err()
	}
}
