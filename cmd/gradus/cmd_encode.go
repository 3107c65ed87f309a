package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/recipe"
)

type encodeOptions struct {
	encoder string
	load    encoder.Options
	shard   string
	store   string
	merge   []string
	json    bool
	recipe.EncodeOptions
}

func newEncodeCommand(std streams) *cobra.Command {
	var opts encodeOptions
	cmd := &cobra.Command{
		Use:   "encode (--encoder DIR|HUB_ID --collection DIR [--queries] [--shard I/N] | --merge DIR …) --out DIR",
		Short: "Turn a collection's documents or queries into vectors",
		Long: `Encode the documents of a collection, or its queries, into a folder of vectors,
ids and a manifest, which gradus search reads. The collection is streamed:
memory does not grow with it. A document is its title, a space and its text;
the model's own prompts are put before documents and queries.

What is encoded is kept in DIR.partial, 4,096 texts at a time, until all is
done. An encoding that was interrupted or killed goes on from there when the
same command is given again.

Several machines share the work: each encodes another --shard I/N of the
collection. gradus search takes their folders together, and --merge makes them
the one folder that an encoding without shards would have made.

--store float16 halves the vectors on disk, --store int8 quarters them; search
is exact over what is stored. Beside float32 and float16 there is a byte a
number more, which makes searches for few queries faster; --plain leaves it out.

The folders of E5 and BGE often name no prompts, though the models want them.
Give both prompts, and the same ones wherever the model is used: they are part
of what tells its vectors from another's.`,
		Example: `  gradus encode --encoder sentence-transformers/all-MiniLM-L6-v2 --collection scifact --out scifact.vectors
  gradus encode --encoder ./minilm --collection msmarco --shard 1/2 --out part1
  gradus encode --encoder ./minilm --collection msmarco --shard 2/2 --out part2
  gradus encode --merge part1 --merge part2 --out msmarco.vectors`,
		RunE: func(cmd *cobra.Command, args []string) error { return runEncode(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id")
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR` or hub id")
	flags.BoolVar(&opts.Queries, "queries", false, "encode the queries in place of the documents")
	flags.StringVar(&opts.Out, "out", "", "the vectors folder `DIR` to make")
	flags.IntVar(&opts.MaxLength, "max-length", 0, "tokens a text is cut at (default the model's own)")
	flags.StringVar(&opts.shard, "shard", "", "encode part `I/N` of the texts, such as 2/8")
	flags.StringArrayVar(&opts.merge, "merge", nil, "a shard's `DIR`, to be made one folder with the others; give each")
	flags.StringVar(&opts.store, "store", string(index.Float32), "float32, float16 or int8, of the vectors on disk")
	flags.BoolVar(&opts.Plain, "plain", false, "store no byte a number beside float32 or float16")
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

func (o *encodeOptions) check() (err error) {
	switch {
	case len(o.merge) > 0 && (o.encoder != "" || o.Collection != "" || o.shard != ""):
		return usagef("encode wants --merge without --encoder, --collection and --shard")
	case o.Out == "" && len(o.merge) > 0:
		return usagef("encode --merge wants --out DIR")
	case len(o.merge) > 0:
		return nil
	case o.encoder == "":
		return usagef("encode wants --encoder DIR|HUB_ID")
	case o.Collection == "":
		return usagef("encode wants --collection DIR")
	case o.Out == "":
		return usagef("encode wants --out DIR")
	}
	if o.shard != "" {
		if o.Shard, err = index.ParseShard(o.shard); err != nil {
			return usageError{err}
		}
	}
	if o.Store, err = index.ParsePrecision(o.store); err != nil {
		return usagef("--store: %w", err)
	}
	if o.Plain && o.Store == index.Int8 {
		return usagef("encode wants --plain with --store float32 or float16; int8 has nothing else")
	}
	return nil
}

func runEncode(ctx context.Context, opts encodeOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	if len(opts.merge) > 0 {
		return index.Join(ctx, opts.Out, opts.merge)
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
		line.close()
		if _, gone := os.Stat(index.Partial(opts.Out)); gone == nil && ctx.Err() != nil {
			fmt.Fprintf(std.err, "%s has what was encoded; the same command goes on\n", index.Partial(opts.Out))
		}
		return err
	}
	if opts.json {
		return json.NewEncoder(std.out).Encode(done)
	}
	line.close()
	_, err = fmt.Fprintf(std.out, "%d texts\t%.1f texts/s\t%s\n", done.Texts, float64(done.Texts-done.Resumed)/done.Seconds, opts.Out)
	return err
}
