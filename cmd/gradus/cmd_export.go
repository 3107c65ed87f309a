package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/trec"
)

type exportOptions struct {
	collection string
	run        string
	encoder    string
	load       encoder.Options
	format     string
	compress   string
	out        string
	json       bool
}

func newExportCommand(std streams) *cobra.Command {
	var opts exportOptions
	cmd := &cobra.Command{
		Use:   "export (--collection DIR | --run FILE | --encoder DIR|HUB_ID) --format F --out PATH",
		Short: "Write a collection, a run or an encoder in another format",
		Long: `Write a collection, a run or an encoder in a format that other tools read.

  --collection DIR   beir, trec (documents, topics and qrels), msmarco (lines of
                     tab-separated texts), hf (parquet, which load_dataset and
                     MTEB read) or tevatron (training lists)
  --run FILE         trec or msmarco, one file
  --encoder DIR      sentence-transformers, in the older layout that its versions
                     up to 5 and 6 both read; onnx is the same folder with
                     onnx/model.onnx in it, which sentence-transformers opens with
                     backend="onnx" and ONNX Runtime without it (docs/onnx.md)

Tabs and line ends within a text become spaces where the format has none, and
the titles of documents go into their texts; what was changed is counted.
docs/formats.md tells what each format keeps.`,
		Example: `  gradus export --collection graded --format tevatron --out graded.tevatron
  gradus export --collection scifact --format hf --out scifact.hf
  gradus export --collection scifact --format msmarco --compress gz --out scifact.tsv
  gradus export --run dense.run --format msmarco --out dense.tsv
  gradus export --encoder my-model --format onnx --out my-model.onnx`,
		RunE: func(cmd *cobra.Command, args []string) error { return runExport(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.collection, "collection", "", "the collection's `DIR` or hub id")
	flags.StringVar(&opts.run, "run", "", "the run's `FILE`")
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id")
	flags.StringVar(&opts.format, "format", "", "the `FORMAT` to write")
	flags.StringVar(&opts.compress, "compress", "", "gz or zst, of the text files that are written")
	flags.StringVar(&opts.out, "out", "", "the folder, or for a run the file, to make: `PATH`")
	flags.BoolVar(&opts.json, "json", false, "print what was written as JSON")
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	return cmd
}

// The formats of what is no collection.
var (
	runFormats     = []string{"trec", "msmarco"}
	encoderFormats = []string{"sentence-transformers", "onnx"}
)

func (o exportOptions) check() error {
	var given []string
	formats := map[string][]string{"--collection": exchange.Formats, "--run": runFormats, "--encoder": encoderFormats}
	for _, flag := range []struct{ name, value string }{{"--collection", o.collection}, {"--run", o.run}, {"--encoder", o.encoder}} {
		if flag.value != "" {
			given = append(given, flag.name)
		}
	}
	switch {
	case len(given) != 1:
		return usagef("export wants one of --collection DIR, --run FILE and --encoder DIR, got %d", len(given))
	case o.out == "":
		return usagef("export wants --out PATH")
	case !slices.Contains(formats[given[0]], o.format):
		return usagef("export %s wants --format %s, got %q", given[0], strings.Join(formats[given[0]], ", "), o.format)
	}
	_, err := endingOf(o.compress)
	return err
}

func runExport(ctx context.Context, opts exportOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	switch {
	case opts.run != "":
		return opts.exportRun()
	case opts.encoder != "":
		return opts.exportEncoder(ctx, std)
	}
	source, err := exchange.BEIR(opts.collection)
	if err != nil {
		return err
	}
	ending, err := endingOf(opts.compress)
	if err != nil {
		return err
	}
	line := newProgress(std.err, "export")
	defer line.close()
	written, err := exchange.Write(ctx, source, opts.out, exchange.WriteOptions{
		Format: opts.format, Ending: ending, Verb: "export", Options: map[string]any{"format": opts.format},
		Progress: func(done int64) { line.set(done, 0, fmt.Sprintf("%d documents", done)) },
	})
	line.close()
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, written)
	}
	return writeCounts(std.out, "", written)
}

// exportRun writes --out, which is packed as --compress or else its name says.
func (o exportOptions) exportRun() error {
	run, err := trec.ReadRun(o.run)
	if err != nil {
		return err
	}
	ending, err := endingOf(o.compress)
	if err != nil {
		return err
	}
	write := run.Write
	if o.format == "msmarco" {
		write = run.WriteMSMARCO
	}
	return durable.WriteFile(o.out, func(w io.Writer) error {
		packed, err := textfile.Compress(w, o.out+ending)
		if err != nil {
			return err
		}
		if err := write(packed); err != nil {
			return err
		}
		return packed.Close()
	})
}
