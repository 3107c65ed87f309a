package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/recipe"
)

func newStoreCommand(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store push|search …",
		Short: "Keep vectors in PostgreSQL, Milvus or Qdrant, and search there",
		Long: `Keep vectors in a database, for collections that outgrow one machine:

  postgres://USER:PASSWORD@HOST:5432/DATABASE   with the extension pgvector
  milvus://USER:PASSWORD@HOST:19530/DATABASE    with ?tls=true over TLS
  qdrant://:KEY@HOST:6334                       with ?tls=true over TLS

A table (a collection, as Milvus and Qdrant say) has a record for each document,
by its id, with its vector and the split it belongs to. It remembers the
encoder, and refuses the vectors and queries of another.`,
		Example: `  gradus store push --vectors scifact.vectors --to postgres://me@db/vectors
  gradus store search --from postgres://me@db/vectors --collection scifact --split test --encoder ./minilm --out pg.run`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("store wants push or search") },
	}
	cmd.AddCommand(newStorePushCommand(std), newStoreSearchCommand(std))
	return cmd
}

// addStoreFlags adds what says which table is meant, but for the database.
func addStoreFlags(flags *pflag.FlagSet, o *recipe.StoreOptions) {
	flags.StringVar(&o.Table, "table", "gradus", "the table's `NAME`")
	flags.DurationVar(&o.Patience, "patience", time.Minute, "how long to wait for a database that does not answer")
}

type storePushOptions struct {
	json bool
	recipe.PushOptions
}

func newStorePushCommand(std streams) *cobra.Command {
	var opts storePushOptions
	cmd := &cobra.Command{
		Use:   "push --vectors DIR [--vectors DIR …] --to URL [--split S]",
		Short: "Send vectors to a database",
		Long: `Send all vectors of one or more folders to a table of a database, which is made
where it is not there, in batches that can be repeated. A database that dies is
waited for. A push that was stopped is started again: what is there and the same
is not sent anew. At the end the database must count as many vectors in the
split as were pushed, so push all parts of a split at once.`,
		Example: `  gradus store push --vectors scifact.vectors --to postgres://me@db/vectors
  gradus store push --vectors part1 --vectors part2 --to milvus://localhost:19530 --split news`,
		RunE: func(cmd *cobra.Command, args []string) error { return runStorePush(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.Vectors, "vectors", nil, "a vectors `DIR`; may be given again")
	flags.StringVar(&opts.URL, "to", "", "the database's `URL`")
	flags.StringVar(&opts.Split, "split", "", "the `SPLIT` that the documents belong to, for searches in it alone")
	flags.IntVar(&opts.Batch, "batch", 500, "vectors a request")
	addStoreFlags(flags, &opts.StoreOptions)
	flags.BoolVar(&opts.json, "json", false, "print what was done as JSON")
	return cmd
}

func runStorePush(ctx context.Context, opts storePushOptions, std streams) error {
	switch {
	case len(opts.Vectors) == 0:
		return usagef("store push wants --vectors DIR, made by gradus encode")
	case opts.URL == "":
		return usagef("store push wants --to URL")
	case opts.Batch < 1:
		return usagef("store push wants a --batch of at least 1, got %d", opts.Batch)
	}
	line := newProgress(std.err, "push")
	defer line.close()
	opts.Progress = func(done, total int) { line.set(int64(done), int64(total), "vectors") }
	opts.Waiting = func(reason error) {
		line.close()
		fmt.Fprintf(std.err, "gradus: waiting: %v\n", reason)
	}
	done, err := recipe.Push(ctx, opts.PushOptions)
	if err != nil {
		return err
	}
	if opts.json {
		return json.NewEncoder(std.out).Encode(done)
	}
	line.close()
	_, err = fmt.Fprintf(std.out, "%d vectors\t%d written\t%s\n", done.Records, done.Written, opts.Table)
	return err
}
