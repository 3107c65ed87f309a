package main

import (
	"cmp"
	"context"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/lexical"
	"github.com/gradus-ir/gradus/recipe"
)

type searchOptions struct {
	encoder string
	load    encoder.Options
	byWords bool // --bm25
	words   recipe.BM25Options
	fusion  string
	nearly  recipe.ApproximateOptions // --approximate
	recipe.SearchOptions
}

func newSearchCommand(std streams) *cobra.Command {
	var opts searchOptions
	cmd := &cobra.Command{
		Use:   "search --collection DIR --split S (--encoder E (--vectors DIR | --approximate DIR) | --bm25) --out FILE.run",
		Short: "Find the best documents of each query",
		Long: `Find, for each query of a split, the documents whose vectors are nearest to its
own, exactly, and write them as a TREC run: best first, ties by document id
descending, which is the order trec_eval and gradus evaluate read them in.

The queries are encoded with --encoder, which must be the one that made the
document vectors, under the same prompts; with --query-vectors they come ready
from gradus encode --queries, and --collection and --split only choose among
them. The parts of a collection that was encoded in shards are searched as one:
give --vectors again.

With --approximate DIR, made by gradus index, a few per cent of the vectors are
looked at and nearly all of the nearest found; --probe and --rescore say how hard
to look.

With --bm25 the documents are found by their words instead: BM25 as Lucene and
Anserini compute it, over title and text as one English field. --index DIR
keeps the index, which is made where DIR is not there and used again where it
is; without it one is made in the folder for temporary files (TMPDIR) and removed.

With --bm25 and --vectors both are searched to --depth and made one run: by
--fusion rrf, the sum of 1/(60 + rank), or weighted, the weighted sum of their
scores, each query's brought to 0 to 1.`,
		Example: `  gradus encode --encoder ./minilm --collection scifact --out scifact.vectors
  gradus search --collection scifact --split test --encoder ./minilm --vectors scifact.vectors --out dense.run
  gradus search --collection scifact --split test --bm25 --index scifact.bm25 --out bm25.run
  gradus search --collection scifact --split test --bm25 --index scifact.bm25 \
      --encoder ./minilm --vectors scifact.vectors --fusion weighted --weights 0.3,0.7 --out hybrid.run`,
		RunE: func(cmd *cobra.Command, args []string) error { return runSearch(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.Collection, "collection", "", "the collection's `DIR` or hub id, for its queries")
	flags.StringVar(&opts.Split, "split", "", "search for the queries of the qrels of this `SPLIT`")
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id that encodes the queries")
	flags.IntVar(&opts.MaxLength, "max-length", 0, "tokens a query is cut at (default the model's own)")
	addPromptFlags(flags, &opts.load)
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.StringArrayVar(&opts.Vectors, "vectors", nil, "a `DIR` of document vectors; may be given again")
	flags.StringVar(&opts.QueryVectors, "query-vectors", "", "a `DIR` of query vectors, in place of --encoder")
	flags.StringVar(&opts.nearly.Index, "approximate", "", "an index `DIR` of gradus index, in place of --vectors")
	flags.IntVar(&opts.nearly.Probe, "probe", 0, "lists of --approximate to look into (default all that are likely to have one of the best)")
	flags.IntVar(&opts.nearly.Rescore, "rescore", 0, "documents of --approximate to score by their vectors (default 4 times --depth)")
	flags.BoolVar(&opts.byWords, "bm25", false, "search by words with BM25, alone or beside --vectors")
	flags.StringVar(&opts.words.Index, "index", "", "the BM25 index `DIR`, made where it is not there (default one that is removed)")
	flags.Float64Var(&opts.words.Parameters.K1, "k1", lexical.Default.K1, "BM25's k1, how slowly repetition of a word saturates")
	flags.Float64Var(&opts.words.Parameters.B, "b", lexical.Default.B, "BM25's b, how much a document's length counts, 0 to 1")
	flags.StringVar(&opts.fusion, "fusion", "", "how the runs of --bm25 and --vectors become one: rrf or weighted (default rrf)")
	flags.Float64SliceVar(&opts.Weights, "weights", nil, "`W,W` of BM25 and of the vectors under --fusion weighted (default 0.5,0.5)")
	flags.IntVar(&opts.Depth, "depth", 100, "documents a query")
	flags.StringVar(&opts.Out, "out", "", "the run `FILE` to write")
	return cmd
}

func (o searchOptions) check() error {
	switch {
	case o.Out == "":
		return usagef("search wants --out FILE.run")
	case o.nearly.Index != "" && (len(o.Vectors) > 0 || o.byWords):
		return usagef("search takes --approximate DIR in place of --vectors and --bm25, got them together")
	case o.nearly.Probe < 0 || o.nearly.Rescore < 0 || o.nearly.Index == "" && o.nearly.Effort != (ivf.Effort{}):
		return usagef("search wants --approximate with --probe and --rescore, and nothing negative")
	case o.nearly.Index == "" && len(o.Vectors) == 0 && (o.byVectors() || !o.byWords):
		return usagef("search wants --vectors DIR, made by gradus encode, or --bm25 alone")
	case o.byVectors() && (o.encoder == "") == (o.QueryVectors == ""):
		return usagef("search wants either --encoder or --query-vectors")
	case o.encoder == "" && (o.load.QueryPrompt != nil || o.load.DocumentPrompt != nil):
		return usagef("search wants --encoder with --query-prompt and --document-prompt; vectors have theirs already")
	case o.Depth < 1:
		return usagef("search wants a --depth of at least 1, got %d", o.Depth)
	case (o.Collection == "") != (o.Split == ""):
		return usagef("search wants --collection and --split together")
	case o.byWords && o.Collection == "":
		return usagef("search --bm25 wants --collection DIR and --split S, for the documents and the queries")
	case o.encoder != "" && o.Collection == "":
		return usagef("search wants --collection DIR and --split S, for the queries to encode")
	}
	return o.checkWords()
}

// byVectors tells whether any flag of the search among vectors is there.
func (o searchOptions) byVectors() bool {
	return len(o.Vectors) > 0 || o.nearly.Index != "" || o.encoder != "" || o.QueryVectors != ""
}

// checkWords checks the flags of BM25 and of fusion.
func (o searchOptions) checkWords() error {
	if err := o.words.Parameters.Check(); err != nil {
		return usageError{err}
	}
	hybrid := o.byWords && o.byVectors()
	switch {
	case !o.byWords && (o.words.Index != "" || o.words.Parameters != lexical.Default):
		return usagef("search wants --bm25 with --index, --k1 and --b")
	case !hybrid && (o.fusion != "" || o.Weights != nil):
		return usagef("search wants --bm25 and --vectors with --fusion and --weights")
	case o.fusion != "" && recipe.Fusion(o.fusion) != recipe.ReciprocalRank && recipe.Fusion(o.fusion) != recipe.WeightedScores:
		return usagef("search wants --fusion %s or %s, got %q", recipe.ReciprocalRank, recipe.WeightedScores, o.fusion)
	case o.Weights == nil:
		return nil
	case recipe.Fusion(o.fusion) != recipe.WeightedScores:
		return usagef("search wants --fusion %s with --weights", recipe.WeightedScores)
	case len(o.Weights) != 2:
		return usagef("search wants two --weights, of BM25 and of the vectors, got %d", len(o.Weights))
	}
	for _, weight := range o.Weights {
		if !(weight >= 0) || math.IsInf(weight, 0) {
			return usagef("search wants --weights of at least 0, got %v", weight)
		}
	}
	return nil
}

func runSearch(ctx context.Context, opts searchOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	opts.Tag = runTag(opts.Out)
	if opts.byWords {
		line := newProgress(std.err, "index")
		defer line.close()
		opts.words.Progress = func(done int) { line.set(int64(done), 0, "documents") }
		opts.BM25 = &opts.words
	}
	opts.Fusion = recipe.Fusion(cmp.Or(opts.fusion, string(recipe.ReciprocalRank)))
	if opts.Weights == nil {
		opts.Weights = []float64{0.5, 0.5}
	}
	if opts.encoder == "" {
		return opts.search(ctx, nil)
	}
	opts.load.MaxLength = opts.MaxLength
	model, err := loadEncoder(ctx, opts.encoder, opts.load, std)
	if err != nil {
		return err
	}
	return opts.search(ctx, model)
}

func (o searchOptions) search(ctx context.Context, model *encoder.Model) error {
	if o.nearly.Index != "" {
		return recipe.SearchApproximate(ctx, model, o.SearchOptions, o.nearly)
	}
	return recipe.Search(ctx, model, o.SearchOptions)
}

// runTag names a run after its file: results/dense.run is dense.
func runTag(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".txt", ".trec", ".run"} {
		name = strings.TrimSuffix(name, ending)
	}
	return strings.Join(strings.Fields(name), "_")
}
