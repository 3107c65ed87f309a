package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/recipe"
)

type storeSearchOptions struct {
	encoder string
	load    encoder.Options
	from    recipe.StoreOptions
	recipe.SearchOptions
}

func newStoreSearchCommand(std streams) *cobra.Command {
	var opts storeSearchOptions
	cmd := &cobra.Command{
		Use:   "search --from URL --collection DIR --split S (--encoder E | --query-vectors DIR) --out FILE.run",
		Short: "Find the best documents of each query in a database",
		Long: `Find, for each query of a split, the documents of a table whose vectors are
nearest to its own, as the database finds them (with its index: nearly the
nearest), and write them as a TREC run. --among searches in one split of the
table's documents.`,
		Example: `  gradus store search --from postgres://me@db/vectors --collection scifact --split test --encoder ./minilm --out pg.run`,
		RunE:    func(cmd *cobra.Command, args []string) error { return runStoreSearch(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.from.URL, "from", "", "the database's `URL`")
	flags.StringVar(&opts.from.Split, "among", "", "only documents pushed as this `SPLIT`")
	addStoreFlags(flags, &opts.from)
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR` or hub id, for its queries")
	flags.StringVar(&opts.Split, "split", "", "search for the queries of the qrels of this `SPLIT`")
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id that encodes the queries")
	flags.IntVar(&opts.MaxLength, "max-length", 0, "tokens a query is cut at (default the model's own)")
	addPromptFlags(flags, &opts.load)
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.StringVar(&opts.QueryVectors, "query-vectors", "", "a `DIR` of query vectors, in place of --encoder")
	flags.IntVar(&opts.Depth, "depth", 100, "documents a query")
	flags.StringVar(&opts.Out, "out", "", "the run `FILE` to write")
	return cmd
}

func runStoreSearch(ctx context.Context, opts storeSearchOptions, std streams) error {
	switch {
	case opts.from.URL == "":
		return usagef("store search wants --from URL")
	case opts.Out == "":
		return usagef("store search wants --out FILE.run")
	case (opts.encoder == "") == (opts.QueryVectors == ""):
		return usagef("store search wants either --encoder or --query-vectors")
	case (opts.Collection == "") != (opts.Split == ""):
		return usagef("store search wants --collection and --split together")
	case opts.encoder != "" && opts.Collection == "":
		return usagef("store search wants --collection DIR and --split S, for the queries to encode")
	case opts.Depth < 1:
		return usagef("store search wants a --depth of at least 1, got %d", opts.Depth)
	}
	opts.Tag = runTag(opts.Out)
	if opts.encoder == "" {
		return recipe.SearchStore(ctx, nil, opts.SearchOptions, opts.from)
	}
	opts.load.MaxLength = opts.MaxLength
	model, err := loadEncoder(ctx, opts.encoder, opts.load, std)
	if err != nil {
		return err
	}
	return recipe.SearchStore(ctx, model, opts.SearchOptions, opts.from)
}
