package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gradus-ir/gradus/generate"
)

func runBatchExport(ctx context.Context, opts generateOptions, line *progress, std streams) error {
	requests, err := generate.ExportBatch(ctx, opts.run, opts.mode.batchExport)
	line.close()
	switch {
	case err != nil:
		return err
	case opts.json:
		return writeJSON(std.out, map[string]int64{"requests": requests})
	case requests == 0:
		fmt.Fprintf(std.err, "nothing is outstanding; %s was not written\n", opts.mode.batchExport)
		return nil
	}
	fmt.Fprintf(std.err, "%s: %d requests; give the answers to --batch-import, then export again for what they lead to\n", opts.mode.batchExport, requests)
	return nil
}

func runBatchImport(ctx context.Context, opts generateOptions, line *progress, std streams) error {
	report, summary, err := generate.ImportBatch(ctx, opts.run, opts.mode.batchImport)
	line.close()
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, struct {
			Batch generate.BatchReport `json:"batch"`
			generate.Summary
		}{report, summary})
	}
	fmt.Fprintf(std.err, "%s: %d answers taken, %d known already, %d not asked for, %d failed\n",
		opts.mode.batchImport, report.Taken, report.Known, report.Unasked, report.Failed)
	return printGenerated(std, summary, opts)
}

func runImportLists(opts generateOptions, std streams) error {
	summary, err := generate.ImportLists(generate.ListOptions{Out: opts.run.Out, Split: opts.split, Paths: opts.mode.lists, Queries: opts.queries})
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, summary)
	}
	fmt.Fprintf(std.err, "%s: %d documents of %d queries\n", opts.run.Out, summary.Documents, summary.Queries)
	for _, grade := range slices.Backward(slices.Sorted(maps.Keys(summary.Grades))) {
		fmt.Fprintf(std.err, "grade %d: %d\n", grade, summary.Grades[grade])
	}
	return nil
}
