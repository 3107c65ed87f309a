package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/recipe"
)

type searchOptions struct {
	encoder string
	load    encoder.Options
	recipe.SearchOptions
}

func newSearchCommand(std streams) *cobra.Command {
	var opts searchOptions
	cmd := &cobra.Command{
		Use:   "search --collection DIR --split S --encoder E --vectors DIR --out FILE.run",
		Short: "Find the nearest documents of each query",
		Long: `Find, for each query of a split, the documents whose vectors are nearest to its
own, exactly, and write them as a TREC run: best first, ties by document id
descending, which is the order trec_eval and gradus evaluate read them in.

The queries are encoded with --encoder, which must be the one that made the
document vectors, under the same prompts; with --query-vectors they come ready
from gradus encode --queries, and --collection and --split only choose among
them. The parts of a collection that was encoded in shards are searched as one:
give --vectors again.`,
		Example: `  gradus encode --encoder ./minilm --collection scifact --out scifact.vectors
  gradus search --collection scifact --split test --encoder ./minilm --vectors scifact.vectors --out dense.run`,
		RunE: func(cmd *cobra.Command, args []string) error { return runSearch(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR`, for its queries")
	flags.StringVar(&opts.Split, "split", "", "search for the queries of the qrels of this `SPLIT`")
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id that encodes the queries")
	flags.IntVar(&opts.MaxLength, "max-length", 0, "tokens a query is cut at (default the model's own)")
	addPromptFlags(flags, &opts.load)
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.StringArrayVar(&opts.Vectors, "vectors", nil, "a `DIR` of document vectors; may be given again")
	flags.StringVar(&opts.QueryVectors, "query-vectors", "", "a `DIR` of query vectors, in place of --encoder")
	flags.IntVar(&opts.Depth, "depth", 100, "documents a query")
	flags.StringVar(&opts.Out, "out", "", "the run `FILE` to write")
	return cmd
}

func (o searchOptions) check() error {
	switch {
	case o.Out == "":
		return usagef("search wants --out FILE.run")
	case len(o.Vectors) == 0:
		return usagef("search wants --vectors DIR, made by gradus encode")
	case (o.encoder == "") == (o.QueryVectors == ""):
		return usagef("search wants either --encoder or --query-vectors")
	case o.encoder == "" && (o.load.QueryPrompt != nil || o.load.DocumentPrompt != nil):
		return usagef("search wants --encoder with --query-prompt and --document-prompt; vectors have theirs already")
	case o.Depth < 1:
		return usagef("search wants a --depth of at least 1, got %d", o.Depth)
	case (o.Collection == "") != (o.Split == ""):
		return usagef("search wants --collection and --split together")
	case o.encoder != "" && o.Collection == "":
		return usagef("search wants --collection DIR and --split S, for the queries to encode")
	}
	return nil
}

func runSearch(ctx context.Context, opts searchOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	opts.Tag = runTag(opts.Out)
	if opts.encoder == "" {
		return recipe.Search(ctx, nil, opts.SearchOptions)
	}
	opts.load.MaxLength = opts.MaxLength
	model, err := loadEncoder(ctx, opts.encoder, opts.load, std)
	if err != nil {
		return err
	}
	return recipe.Search(ctx, model, opts.SearchOptions)
}

// runTag names a run after its file: results/dense.run is dense.
func runTag(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".txt", ".trec", ".run"} {
		name = strings.TrimSuffix(name, ending)
	}
	return strings.Join(strings.Fields(name), "_")
}
