package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/trec"
)

type searchOptions struct {
	collection   string
	split        string
	encoder      string
	load         encoder.Options
	vectors      []string
	queryVectors string
	depth        int
	out          string
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
document vectors; with --query-vectors they come ready from gradus encode
--queries, and --collection and --split only choose among them. The parts of a
collection that was encoded in shards are searched as one: give --vectors again.`,
		Example: `  gradus encode --encoder ./minilm --collection scifact --out scifact.vectors
  gradus search --collection scifact --split test --encoder ./minilm --vectors scifact.vectors --out dense.run`,
		RunE: func(cmd *cobra.Command, args []string) error { return runSearch(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.collection, "collection", "", "the collection's `DIR`, for its queries")
	flags.StringVar(&opts.split, "split", "", "search for the queries of the qrels of this `SPLIT`")
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id that encodes the queries")
	flags.IntVar(&opts.load.MaxLength, "max-length", 0, "tokens a query is cut at (default the model's own); that of the document vectors")
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.StringArrayVar(&opts.vectors, "vectors", nil, "a `DIR` of document vectors; may be given again")
	flags.StringVar(&opts.queryVectors, "query-vectors", "", "a `DIR` of query vectors, in place of --encoder")
	flags.IntVar(&opts.depth, "depth", 100, "documents a query")
	flags.StringVar(&opts.out, "out", "", "the run `FILE` to write")
	return cmd
}

func (o searchOptions) check() error {
	switch {
	case o.out == "":
		return usagef("search wants --out FILE.run")
	case len(o.vectors) == 0:
		return usagef("search wants --vectors DIR, made by gradus encode")
	case (o.encoder == "") == (o.queryVectors == ""):
		return usagef("search wants either --encoder or --query-vectors")
	case o.depth < 1:
		return usagef("search wants a --depth of at least 1, got %d", o.depth)
	case (o.collection == "") != (o.split == ""):
		return usagef("search wants --collection and --split together")
	case o.encoder != "" && o.collection == "":
		return usagef("search wants --collection DIR and --split S, for the queries to encode")
	}
	return nil
}

func runSearch(ctx context.Context, opts searchOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	folders, err := openFolders(opts.vectors)
	if err != nil {
		return err
	}
	defer folders.close()
	queries, err := searchQueries(ctx, opts, std)
	if err != nil {
		return err
	}
	run, err := folders.search(ctx, queries, opts.depth)
	if err != nil {
		return err
	}
	run.Tag = runTag(opts.out)
	if err := os.MkdirAll(filepath.Dir(opts.out), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(opts.out, run.Write)
}

// vectorFolders are the parts of a collection, searched as one.
type vectorFolders []*index.Vectors

func openFolders(dirs []string) (vectorFolders, error) {
	var folders vectorFolders
	for _, dir := range dirs {
		vectors, err := index.Open(dir)
		if err != nil {
			folders.close()
			return nil, err
		}
		folders = append(folders, vectors)
	}
	return folders, nil
}

func (f vectorFolders) close() {
	for _, vectors := range f {
		vectors.Close()
	}
}

func (f vectorFolders) search(ctx context.Context, queries queryVectors, depth int) (trec.Run, error) {
	run := trec.Run{Rankings: make(map[string][]trec.Scored)}
	for _, vectors := range f {
		if err := vectors.CheckEncoder(queries.encoder); err != nil {
			return trec.Run{}, err
		}
		part, err := vectors.Search(ctx, queries.ids, queries.vectors, depth)
		if err != nil {
			return trec.Run{}, err
		}
		for queryID, ranking := range part.Rankings {
			run.Rankings[queryID] = index.Merge(depth, run.Rankings[queryID], ranking)
		}
	}
	return run, nil
}

// runTag names a run after its file: results/dense.run is dense.
func runTag(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".txt", ".trec", ".run"} {
		name = strings.TrimSuffix(name, ending)
	}
	return strings.Join(strings.Fields(name), "_")
}
