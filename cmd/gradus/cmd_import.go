package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/assets"
)

type importOptions struct {
	format      string   // or the name of a known collection
	paths       []string // what else stands on the command line
	from        string
	documents   []string
	queries     []string
	qrels       []string
	topicFields []string
	subset      string
	out         string
	compress    string
	anyCounts   bool
	split       string
	checks      []string
	json        bool
	assets      assets.Options
}

func newImportCommand(std streams) *cobra.Command {
	var opts importOptions
	cmd := &cobra.Command{
		Use:   "import beir|hf|tevatron PATH … | trec|msmarco … | NAME  [--out DIR] [--check SPEC]",
		Short: "Bring a collection into a BEIR folder, or check one for overlap",
		Long: `Bring a collection into a BEIR folder with a manifest.json:

  beir DIR                BEIR's layout, checked and counted
  hf DIR|OWNER/NAME …     a data set in the hub's layout, as MTEB's: parquet or
                          JSON lines; qrels may be in a second one
  tevatron [SPLIT=]FILE … Tevatron's training data; --documents FILE is its corpus
  trec                    --documents, --queries (topics) and --qrels of TREC
  msmarco                 --documents, --queries and --qrels of MS MARCO
  NAME                    a known test collection: ` + wrapped(exchange.Names()) + `

A known collection is downloaded from the hub, or taken from --from DIR, a copy
in BEIR's or the hub's layout or MS MARCO's files, and held against the counts
that it is known to have. beir:cqadupstack makes a folder of its twelve parts;
beir:cqadupstack/android is one of them.

Any file may be compressed with gzip or zstd. docs/formats.md defines what is
read and what becomes of odd data.

With --check DIR, or --check dir=DIR,split=S, given for each source of a
training, tells which queries and documents of the collection are in the
training, the same or nearly; --split names the test's split. Then --out may be
left out.`,
		Example: `  gradus import beir:scifact --out scifact
  gradus import trec:dl19 --from ~/msmarco --out dl19
  gradus import hf mteb/nfcorpus --out nfcorpus
  gradus import msmarco --documents collection.tsv.gz --queries queries.tsv --qrels dev=qrels.dev.tsv --out msmarco
  gradus import beir scifact --split test --check dir=scifact-graded,split=train`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("import wants a format or the name of a collection; see gradus help import")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.format, opts.paths = args[0], args[1:]
			return runImport(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.out, "out", "", "the collection `DIR` to make")
	flags.StringVar(&opts.from, "from", "", "a `DIR` with a copy of the known collection, in place of the hub")
	flags.StringArrayVar(&opts.documents, "documents", nil, "a `FILE` of documents; may be given again")
	flags.StringArrayVar(&opts.queries, "queries", nil, "a `FILE` of queries or topics; may be given again")
	flags.StringArrayVar(&opts.qrels, "qrels", nil, "a `[SPLIT=]FILE` of grades, of the split test if none is named; may be given again")
	flags.StringArrayVar(&opts.topicFields, "topic-field", nil, "title, description or narrative of a topic, taken as query; may be given again (default title)")
	flags.StringVar(&opts.subset, "subset", "", "the config `NAME` of a hub data set with several, such as a language")
	flags.StringVar(&opts.compress, "compress", "", "gz or zst, of the files that are written")
	flags.BoolVar(&opts.anyCounts, "any-counts", false, "take a known collection with other counts, and say which")
	flags.StringVar(&opts.split, "split", "", "the split whose queries --check compares (default all queries)")
	flags.StringArrayVar(&opts.checks, "check", nil, "a training's `SPEC` to compare with; may be given again")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	flags.BoolVar(&opts.assets.Offline, "offline", false, "open no socket, fail if the data set is not here")
	return cmd
}

// wrapped lists words with commas, a few a line, under an indent of the help.
func wrapped(words []string) string {
	const width, indent = 50, "\n                          "
	var out strings.Builder
	column := 0
	for i, word := range words {
		if i > 0 {
			out.WriteString(",")
			if column += len(word) + 2; column > width {
				out.WriteString(indent)
				column = len(word)
			} else {
				out.WriteString(" ")
			}
		} else {
			column = len(word)
		}
		out.WriteString(word)
	}
	return out.String()
}

func (o importOptions) check() error {
	switch {
	case o.out == "" && len(o.checks) == 0:
		return usagef("import wants --out DIR, or --check SPEC; see gradus help import")
	case o.from != "" && !exchange.IsName(o.format):
		return usagef("--from is for a known collection, got %s", o.format)
	case o.split != "" && len(o.checks) == 0:
		return usagef("--split is for --check")
	}
	_, err := endingOf(o.compress)
	return err
}

// endingOf is what --compress says of a file's name.
func endingOf(compress string) (string, error) {
	switch compress {
	case "":
		return "", nil
	case "gz", "zst":
		return "." + compress, nil
	}
	return "", usagef("want --compress gz or zst, got %q", compress)
}

func runImport(ctx context.Context, opts importOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	trained, err := opts.training()
	if err != nil {
		return err
	}
	parts, err := opts.collections(ctx, std)
	if err != nil {
		return err
	}
	if opts.out != "" {
		if err := opts.write(ctx, parts, std); err != nil {
			return err
		}
	}
	if len(trained) == 0 {
		return nil
	}
	if len(parts) > 1 {
		return usagef("--check wants one collection, got %d; name one of them, such as %s", len(parts), parts[0].known.Name)
	}
	return opts.checkOverlap(ctx, trained, parts[0].source, std)
}

// splitFiles reads [SPLIT=]FILE, each split once.
func splitFiles(flag string, specs []string, otherwise string) (map[string]string, error) {
	files := map[string]string{}
	for _, spec := range specs {
		split, path, named := strings.Cut(spec, "=")
		if !named {
			split, path = otherwise, spec
		}
		if split == "" || path == "" {
			return nil, usagef("want %s [SPLIT=]FILE, got %q", flag, spec)
		}
		if _, twice := files[split]; twice {
			return nil, usagef("want %s once for each split, got %s twice; there are %s", flag, split, strings.Join(slices.Sorted(maps.Keys(files)), ", "))
		}
		files[split] = path
	}
	return files, nil
}
