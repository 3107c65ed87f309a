package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/mine"
	"github.com/gradus-ir/gradus/recipe"
)

type mineOptions struct {
	json bool
	recipe.MineOptions
}

func newMineCommand(std streams) *cobra.Command {
	var opts mineOptions
	cmd := &cobra.Command{
		Use:   "mine --collection DIR --split S --run FILE --out FILE.tsv",
		Short: "Find hard negatives in a run",
		Long: `Find, for each query of a split, documents that a run ranks high and that are
not its positives, and write them as qrels: a split that gradus train takes as
a source. Any run will do: of BM25, of an encoder, of another program.

Looks at the ranks after --skip up to --depth and takes the first --per-query
documents left, or, with --random, as many drawn from them. Left out are the
query's positives, documents of a positive's text or of one's taken before
(whatever the case, spacing and punctuation), and what may be an answer that
nobody judged:
  --margin, --margin-percent    a score less than so much below the positive's
  --cross-run                   a score above the positive's in another run
  --judged                      a grade of gradus judge, from --judged-from on
The positive meant is the lowest the run has; where it has none, --margin and
--margin-percent leave all out, and --cross-run leaves out what is in that run.

Prints how many documents each check left out. A manifest with the options and
the inputs' hashes lies beside the qrels.`,
		Example: `  gradus search --collection scifact --split train --bm25 --depth 1000 --out bm25.run
  gradus mine --collection scifact --split train --run bm25.run --depth 1000 --random --per-query 5 --out scifact/qrels/bm25.tsv
  gradus train --source dir=scifact,split=train,min-grade=1,grade=3 --source dir=scifact,split=bm25,grade=1,sample=2 …
  gradus mine --collection scifact --split train --run dense.run --skip 10 --margin-percent 5 --cross-run bm25.run --out scifact/qrels/hard.tsv`,
		RunE: func(cmd *cobra.Command, args []string) error { return runMine(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR` or hub id")
	flags.StringVar(&opts.Split, "split", "", "the `SPLIT` whose qrels have the positives")
	flags.StringVar(&opts.Run, "run", "", "the TREC run `FILE` to take documents from")
	flags.IntVar(&opts.Skip, "skip", 0, "ranks passed over at the top")
	flags.IntVar(&opts.Depth, "depth", 100, "the last rank looked at")
	flags.IntVar(&opts.PerQuery, "per-query", 10, "negatives a query")
	flags.BoolVar(&opts.Random, "random", false, "draw them from the ranks looked at, in place of the first")
	flags.IntVar(&opts.RelevantFrom, "relevant-from", 1, "the `GRADE` of the split from which on a document is a positive")
	flags.Float64Var(&opts.Margin.Points, "margin", 0, "how far below the positive's a negative's score must be")
	flags.Float64Var(&opts.Margin.Percent, "margin-percent", 0, "the same in percent of the positive's score")
	flags.StringArrayVar(&opts.CrossRuns, "cross-run", nil, "another TREC run `FILE`, whose scores must agree; may be given again")
	flags.Float64Var(&opts.CrossMargin.Points, "cross-margin", 0, "--margin in the --cross-run")
	flags.Float64Var(&opts.CrossMargin.Percent, "cross-margin-percent", 0, "--margin-percent in the --cross-run")
	flags.StringVar(&opts.Judged, "judged", "", "qrels `FILE` of gradus judge")
	flags.IntVar(&opts.JudgedFrom, "judged-from", 1, "the `GRADE` in --judged from which on a document is no negative")
	flags.IntVar(&opts.Grade, "grade", 0, "the grade to write, 0 to 3")
	flags.Int64Var(&opts.Seed, "seed", 1, "of what is drawn")
	flags.StringVar(&opts.Out, "out", "", "the qrels `FILE` to write, such as DIR/qrels/NAME.tsv")
	flags.BoolVar(&opts.json, "json", false, "print the counts as JSON")
	return cmd
}

func (o mineOptions) check() error {
	switch {
	case o.Collection == "" || o.Split == "" || o.Run == "" || o.Out == "":
		return usagef("mine wants --collection DIR, --split S, --run FILE and --out FILE.tsv")
	case o.Skip < 0 || o.Depth < 1 || o.Skip >= o.Depth:
		return usagef("mine wants a --skip of 0 or more, below a --depth of 1 or more, got %d and %d", o.Skip, o.Depth)
	case o.PerQuery < 1:
		return usagef("mine wants a --per-query of at least 1, got %d", o.PerQuery)
	case o.RelevantFrom < 1 || o.JudgedFrom < 1:
		return usagef("mine wants --relevant-from and --judged-from of at least 1, got %d and %d", o.RelevantFrom, o.JudgedFrom)
	case o.Grade < 0 || o.Grade > 3:
		return usagef("mine wants a --grade from 0 to 3, got %d", o.Grade)
	case len(o.CrossRuns) == 0 && o.CrossMargin != mine.Margin{}:
		return usagef("mine wants --cross-run with --cross-margin and --cross-margin-percent")
	}
	for _, margin := range []mine.Margin{o.Margin, o.CrossMargin} {
		if err := margin.Check(); err != nil {
			return usageError{err}
		}
	}
	return nil
}

func runMine(ctx context.Context, opts mineOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	r, err := recipe.Mine(ctx, opts.MineOptions)
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, r)
	}
	for _, line := range []struct {
		name  string
		count int
	}{
		{"queries", r.Queries}, {"with negatives", r.With}, {"documents looked at", r.Candidates}, {"positives", r.Positives}, {"duplicates", r.Duplicates},
		{"within the margin", r.Margin}, {"against a cross-run", r.Cross}, {"judged relevant", r.Judged}, {"negatives", r.Negatives},
	} {
		if _, err := fmt.Fprintf(std.out, "%s\t%d\n", line.name, line.count); err != nil {
			return err
		}
	}
	return nil
}
