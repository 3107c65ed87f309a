package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gradus-ir/gradus/collection/contamination"
	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/train"
)

// training are the parts that --check names: a folder, or a source as
// gradus train takes it, of which dir and split count.
func (o importOptions) training() ([]contamination.Part, error) {
	var parts []contamination.Part
	for _, spec := range o.checks {
		folder := exchange.Folder{Dir: spec}
		if strings.Contains(spec, "dir=") {
			source, err := train.ParseSource(spec)
			if err != nil {
				return nil, usageError{err}
			}
			folder = exchange.Folder{Dir: source.Dir, Split: source.Split}
		}
		source, err := exchange.BEIR(folder.Dir)
		if err != nil {
			return nil, err
		}
		part, err := exchange.Trained(folder.Dir, source, folder.Split)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (o importOptions) checkOverlap(ctx context.Context, trained []contamination.Part, source exchange.Source, std streams) error {
	name := o.format
	if len(o.paths) > 0 {
		name = o.paths[0]
	}
	test, err := exchange.Tested(name, source, o.split)
	if err != nil {
		return err
	}
	report, err := contamination.Check(ctx, trained, test, contamination.Options{})
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(std.out, struct {
			contamination.Report
			ZeroShot bool `json:"zero_shot"`
		}{report, report.ZeroShot() == nil})
	}
	if err := report.ZeroShot(); err != nil {
		fmt.Fprintln(std.err, err)
	}
	return writeOverlaps(std.out, report)
}

// writeOverlaps prints a line an overlap, and its examples after all of them.
func writeOverlaps(w io.Writer, report contamination.Report) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "test\ttraining\tof\tsame\tnear")
	for _, o := range report.Overlaps {
		fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\n", o.Test, o.Training, o.Of, o.Exact, o.Near)
	}
	for _, o := range report.Overlaps {
		for _, e := range o.Examples {
			fmt.Fprintf(out, "\n%.2f\ttest %s %s\t%s\n\t%s %s of %s\t%s\n", e.Similarity,
				o.Test, e.Test.ID, gistOf(e.Test.Text), o.Training, e.Training.ID, e.Training.Part, gistOf(e.Training.Text))
		}
	}
	return out.Flush()
}

// gistOf is the beginning of a text on one line.
func gistOf(text string) string {
	const most = 100
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}
