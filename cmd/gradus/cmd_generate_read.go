package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/recipe"
)

func (opts *generateOptions) checkFlags() error {
	var modes []string
	for flag, given := range map[string]bool{
		"--dry-run": opts.mode.dryRun, "--rebuild": opts.mode.rebuild, "--explain": opts.mode.explain != "",
		"--batch-export": opts.mode.batchExport != "", "--batch-import": opts.mode.batchImport != "", "--import": len(opts.mode.lists) > 0,
	} {
		if given {
			modes = append(modes, flag)
		}
	}
	slices.Sort(modes)
	offline := opts.mode.rebuild || opts.mode.explain != "" || len(opts.mode.lists) > 0
	switch {
	case len(modes) > 1:
		return usagef("generate takes one of %s, got them together", strings.Join(modes, ", "))
	case (opts.queries == "") == (opts.collection == "") && !offline:
		return usagef("generate wants the queries: either --queries FILE or --collection DIR; see gradus help generate")
	case opts.run.Out == "" && !opts.mode.dryRun:
		return usagef("generate wants --out DIR; see gradus help generate")
	case opts.run.MaxTime < 0 || opts.run.Attempts < 1 || opts.run.ExamplesPerQuery < 1:
		return usagef("--max-time wants nothing negative, --attempts and --style-examples at least 1, got %v, %d and %d",
			opts.run.MaxTime, opts.run.Attempts, opts.run.ExamplesPerQuery)
	case opts.styleFrom != "" && opts.run.Strategy != "style" && !opts.check.on:
		return usagef("--style-from wants --strategy style, or --check, which may turn to it")
	}
	if err := opts.check.check(opts); err != nil {
		return err
	}
	return opts.llm.check()
}

// read reads what the run is about: grades, queries, examples of style.
func (opts *generateOptions) read() error {
	var err error
	if opts.run.Grades, err = parseGrades(opts.grades); err != nil {
		return err
	}
	if opts.run.Queries, opts.run.Inputs, err = opts.readQueries(); err != nil {
		return err
	}
	if opts.styleFrom == "" && opts.run.Strategy == "style" {
		if opts.styleFrom = opts.collection; opts.styleFrom == "" {
			return usagef("--strategy style wants --style-from DIR, a collection of documents whose style to follow")
		}
	}
	if opts.styleFrom == "" {
		opts.run.ExamplesPerQuery = 0
	} else if err := opts.readExamples(); err != nil {
		return err
	}
	opts.run.Split = opts.split
	return opts.run.Check()
}

func (opts *generateOptions) readExamples() error {
	c, err := collection.Open(opts.styleFrom)
	if err != nil {
		return err
	}
	if opts.run.Examples, err = generate.DrawExamples(c.Documents(), opts.run.Seed); err != nil {
		return err
	}
	if len(opts.run.Examples) == 0 {
		return fmt.Errorf("%s: want documents of 20 words and more to show as examples of style, found none", c.CorpusPath())
	}
	sum, err := durable.HashFile(c.CorpusPath())
	opts.run.Inputs = append(opts.run.Inputs, durable.Input{Path: c.CorpusPath(), SHA256: sum})
	return err
}

func parseGrades(text string) ([]int, error) {
	var grades []int
	for field := range strings.SplitSeq(text, ",") {
		grade, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || grade < 0 || grade > 3 || slices.Contains(grades, grade) {
			return nil, usagef("--grades: want different numbers from 0 to 3 with commas between, got %q", text)
		}
		grades = append(grades, grade)
	}
	return grades, nil
}

// readQueries are the queries and the files they come from.
func (opts generateOptions) readQueries() ([]collection.Query, []durable.Input, error) {
	var (
		queries []collection.Query
		files   []string
	)
	if opts.queries != "" {
		files = []string{opts.queries}
		for query, err := range collection.ReadQueries(opts.queries) {
			if err != nil {
				return nil, nil, err
			}
			queries = append(queries, query)
		}
		if len(queries) == 0 {
			return nil, nil, fmt.Errorf("%s: want queries, found none", opts.queries)
		}
	} else {
		c, err := collection.Open(opts.collection)
		if err != nil {
			return nil, nil, err
		}
		if queries, err = recipe.SplitQueries(c, opts.split); err != nil {
			return nil, nil, err
		}
		files = []string{c.QueriesPath(), c.QrelsPath(opts.split)}
	}
	var inputs []durable.Input
	for _, file := range files {
		sum, err := durable.HashFile(file)
		if err != nil {
			return nil, nil, err
		}
		inputs = append(inputs, durable.Input{Path: file, SHA256: sum})
	}
	return queries, inputs, nil
}
