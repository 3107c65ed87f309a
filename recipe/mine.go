package recipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/mine"
	"github.com/gradus-ir/gradus/trec"
)

// MineOptions say where hard negatives come from, and where they go.
type MineOptions struct {
	Collection string
	Split      string // whose qrels have the positives
	Run        string
	CrossRuns  []string // see mine.Options
	Judged     string   // qrels of a judge; "" is none
	Grade      int      // that the negatives are written with
	Out        string   // the qrels to write; DIR/qrels/NAME.tsv is the split NAME of DIR
	mine.Options
}

// Mine writes hard negatives as qrels, whole or not at all, and a manifest
// beside them. Qrels that are there and have none are not replaced.
func Mine(ctx context.Context, opts MineOptions) (mine.Report, error) {
	if err := checkMineOut(opts.Out); err != nil {
		return mine.Report{}, err
	}
	c, err := collection.Open(opts.Collection)
	if err != nil {
		return mine.Report{}, err
	}
	if err := c.CheckSplit(opts.Split); err != nil {
		return mine.Report{}, err
	}
	paths := append([]string{c.QrelsPath(opts.Split), opts.Run}, opts.CrossRuns...)
	if opts.Judged != "" {
		paths = append(paths, opts.Judged)
	}
	inputs, err := hashed(ctx, append(paths, c.CorpusPath()))
	if err != nil {
		return mine.Report{}, err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath(opts.Split))
	if err != nil {
		return mine.Report{}, err
	}
	run, err := trec.ReadRun(opts.Run)
	if err != nil {
		return mine.Report{}, err
	}
	for _, path := range opts.CrossRuns {
		cross, err := trec.ReadRun(path)
		if err != nil {
			return mine.Report{}, err
		}
		opts.Cross = append(opts.Cross, cross)
	}
	if opts.Judged != "" {
		if opts.Options.Judged, err = trec.ReadQrels(opts.Judged); err != nil {
			return mine.Report{}, err
		}
	}
	negatives, report, err := mine.Negatives(c, qrels, run, opts.Options)
	if err != nil {
		return mine.Report{}, err
	}
	if err := ctx.Err(); err != nil {
		return mine.Report{}, err
	}
	if report.Negatives == 0 {
		return mine.Report{}, fmt.Errorf("%s: want negatives for %d queries, found none in %d documents; is it a run of %s?", opts.Run, report.Queries, report.Candidates, c.QrelsPath(opts.Split))
	}
	return report, writeNegatives(opts, negatives, report, inputs)
}

func writeNegatives(opts MineOptions, negatives map[string][]string, report mine.Report, inputs []durable.Input) error {
	qrels := make(trec.Qrels, len(negatives))
	for query, docs := range negatives {
		qrels[query] = make(map[string]int, len(docs))
		for _, doc := range docs {
			qrels[query][doc] = opts.Grade
		}
	}
	if err := os.MkdirAll(filepath.Dir(opts.Out), 0o777); err != nil {
		return err
	}
	if err := writeQrels(opts.Out, qrels); err != nil {
		return err
	}
	return durable.WriteManifestFile(mineManifest(opts.Out), durable.Manifest{
		Verb: "mine", Seed: &opts.Seed, Inputs: inputs,
		Options: map[string]any{
			"split": opts.Split, "grade": opts.Grade, "skip": opts.Skip, "depth": opts.Depth, "per_query": opts.PerQuery, "random": opts.Random,
			"relevant_from": opts.RelevantFrom, "margin": opts.Margin.Points, "margin_percent": opts.Margin.Percent,
			"cross_margin": opts.CrossMargin.Points, "cross_margin_percent": opts.CrossMargin.Percent, "judged_from": opts.JudgedFrom,
		},
		Counts: map[string]int64{"queries": int64(report.Queries), "with": int64(report.With), "negatives": int64(report.Negatives)},
	})
}

// hashed are the files with their hashes.
func hashed(ctx context.Context, paths []string) ([]durable.Input, error) {
	var inputs []durable.Input
	for _, path := range paths {
		hash, err := durable.HashFileContext(ctx, path)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, durable.Input{Path: path, SHA256: hash})
	}
	return inputs, nil
}

// mineManifest is the file beside the qrels.
func mineManifest(out string) string { return strings.TrimSuffix(out, ".tsv") + ".manifest.json" }

// checkMineOut refuses to replace qrels that mine did not write, those of people above all.
func checkMineOut(out string) error {
	if _, err := os.Stat(out); err != nil {
		return nil
	}
	if _, err := os.Stat(mineManifest(out)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want a new file, or one with its %s beside it, got another; take another name", out, filepath.Base(mineManifest(out)))
	}
	return nil
}
