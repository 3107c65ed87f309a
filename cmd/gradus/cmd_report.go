package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/report"
)

type reportOptions struct {
	dir  string
	json bool
}

func newReportCommand(std streams) *cobra.Command {
	var opts reportOptions
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Write the page, plots and tables of an experiment",
		Long: `Write the report of an experiment that gradus run has finished, out of
DIR/experiment.json:

  report.html    one page that needs nothing beside it: the arms with intervals
                 and tests, query by query, training, grades and lengths, scores
                 by grade before and after training, and queries with their
                 graded documents and the first ten of each arm
  report.md      the tables as Markdown
  report-plots/  the pictures as SVG

Prints the page's path. Files that are there are replaced; where the experiment
cannot be read, they stay as they are. docs/report.md tells how to read the page.`,
		Example: `  gradus report experiments/scifact
  gradus report gradus-demo --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("report wants one experiment's folder, got %d arguments; see gradus help report", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.dir = args[0]
			return runReport(opts, std)
		},
	}
	cmd.Flags().BoolVar(&opts.json, "json", false, "print the paths, and the arms with their comparisons, as JSON")
	return cmd
}

func runReport(opts reportOptions, std streams) error {
	e, err := report.Open(opts.dir)
	if err != nil {
		return err
	}
	if err := e.Write(opts.dir); err != nil {
		return err
	}
	page := filepath.Join(opts.dir, report.PageFile)
	if !opts.json {
		_, err := fmt.Fprintln(std.out, page)
		return err
	}
	return writeJSON(std.out, struct {
		Page        string              `json:"page"`
		Markdown    string              `json:"markdown"`
		Plots       string              `json:"plots"`
		Means       []report.Mean       `json:"means"`
		Comparisons []report.Comparison `json:"comparisons"`
	}{
		page, filepath.Join(opts.dir, report.MarkdownFile), filepath.Join(opts.dir, report.PlotsFolder), e.Means(), e.Comparisons,
	})
}
