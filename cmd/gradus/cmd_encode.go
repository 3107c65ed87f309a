package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/recipe"
)

type encodeOptions struct {
	encoder string
	load    encoder.Options
	json    bool
	recipe.EncodeOptions
}

func newEncodeCommand(std streams) *cobra.Command {
	var opts encodeOptions
	cmd := &cobra.Command{
		Use:   "encode --encoder DIR|HUB_ID --collection DIR [--queries] --out DIR",
		Short: "Turn a collection's documents or queries into vectors",
		Long: `Encode the documents of a collection, or its queries, into a folder of float32
vectors, ids and a manifest, which gradus search reads. The collection is
streamed: memory does not grow with it. A document is its title, a space and
its text; the model's own prompts are put before documents and queries.

The folders of E5 and BGE often name no prompts, though the models want them.
Give both prompts, and the same ones wherever the model is used: they are part
of what tells its vectors from another's.`,
		Example: `  gradus encode --encoder sentence-transformers/all-MiniLM-L6-v2 --collection scifact --out scifact.vectors`,
		RunE:    func(cmd *cobra.Command, args []string) error { return runEncode(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id")
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR`")
	flags.BoolVar(&opts.Queries, "queries", false, "encode the queries in place of the documents")
	flags.StringVar(&opts.Out, "out", "", "the vectors folder `DIR` to make")
	flags.IntVar(&opts.MaxLength, "max-length", 0, "tokens a text is cut at (default the model's own)")
	addPrecisionFlag(flags, &opts.load, "float32, bfloat16 or int8, of the matrix products: the last two are faster and nearly the same")
	addPromptFlags(flags, &opts.load)
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.BoolVar(&opts.json, "json", false, "print what was done as JSON")
	return cmd
}

// addPromptFlags adds flags that tell an empty prompt from none given.
func addPromptFlags(flags *pflag.FlagSet, load *encoder.Options) {
	set := func(prompt **string) func(string) error {
		return func(text string) error {
			*prompt = &text
			return nil
		}
	}
	flags.Func("query-prompt", "`TEXT` to put before each query (default the model's own)", set(&load.QueryPrompt))
	flags.Func("document-prompt", "`TEXT` to put before each document (default the model's own)", set(&load.DocumentPrompt))
}

// addPrecisionFlag adds --precision; a name that is none is a usage error.
func addPrecisionFlag(flags *pflag.FlagSet, load *encoder.Options, usage string) {
	load.Precision = encoder.Float32
	flags.Func("precision", usage+" (default float32)", func(name string) (err error) {
		load.Precision, err = encoder.ParsePrecision(name)
		return err
	})
}

func runEncode(ctx context.Context, opts encodeOptions, std streams) error {
	switch {
	case opts.encoder == "":
		return usagef("encode wants --encoder DIR|HUB_ID")
	case opts.Collection == "":
		return usagef("encode wants --collection DIR")
	case opts.Out == "":
		return usagef("encode wants --out DIR")
	}
	opts.load.MaxLength = opts.MaxLength
	model, err := loadEncoder(ctx, opts.encoder, opts.load, std)
	if err != nil {
		return err
	}
	line := newProgress(std.err, "encode")
	defer line.close()
	opts.Progress = func(done int) { line.set(int64(done), 0, "texts") }
	done, err := recipe.Encode(ctx, model, opts.EncodeOptions)
	if err != nil {
		return err
	}
	if opts.json {
		return json.NewEncoder(std.out).Encode(done)
	}
	line.close()
	_, err = fmt.Fprintf(std.out, "%d texts\t%.1f texts/s\t%s\n", done.Texts, float64(done.Texts)/done.Seconds, opts.Out)
	return err
}
