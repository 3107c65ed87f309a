package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/generate"
)

func printForecast(std streams, f generate.Forecast, opts generateOptions) error {
	cost := opts.llm.prices.Cost(f.Usage.PromptTokens, f.Usage.CompletionTokens)
	if opts.json {
		return writeJSON(std.out, struct {
			generate.Forecast
			USD float64 `json:"usd,omitempty"`
		}{f, cost})
	}
	text := fmt.Sprintf("queries\t%d\nasked for\t%d\nrequests\t%d\nprompt tokens\t%d\ncompletion tokens\t%d\n",
		f.Queries, f.Probed, f.Requests, f.Usage.PromptTokens, f.Usage.CompletionTokens)
	if f.Probed > 0 {
		text += fmt.Sprintf("hours\t%.2f\n", f.Time.Hours())
	}
	if cost > 0 {
		text += fmt.Sprintf("USD\t%.2f\n", cost)
	}
	_, err := fmt.Fprint(std.out, text)
	return err
}

func printGenerated(std streams, s generate.Summary, opts generateOptions) error {
	if opts.json {
		return writeJSON(std.out, s)
	}
	fmt.Fprintf(std.err, "%s: %d documents; %d of %d queries have all grades, %d some\n", opts.run.Out, s.Documents, s.Lists, s.Queries, s.Partial)
	fmt.Fprintf(std.err, "%d requests, %d tokens, model %s, %v\n", s.Requests, s.Usage.Tokens(), s.Model, s.Elapsed.Round(time.Second))
	for _, reason := range slices.Sorted(maps.Keys(s.LeftOut)) {
		fmt.Fprintf(std.err, "left out: %d (%s)\n", s.LeftOut[reason], reason)
	}
	if s.Checks != nil {
		printChecks(std, *s.Checks)
	}
	if s.Shortcuts != nil {
		printShortcuts(std, *s.Shortcuts)
	}
	if len(s.Refused) > 0 {
		fmt.Fprintf(std.err, "the server takes no %s\n", strings.Join(s.Refused, ", "))
	}
	if opts.mode.rebuild || opts.mode.batchImport != "" {
		if s.Stopped != "" {
			fmt.Fprintln(std.err, s.Stopped)
		}
	} else if s.Stopped != "" {
		fmt.Fprintf(std.err, "stopped early: %s; the same command with a higher limit goes on\n", s.Stopped)
	}
	return nil
}

func printChecks(std streams, c generate.Checks) {
	var first int64
	for _, row := range c.Confusion {
		for _, n := range row {
			first += n
		}
	}
	fmt.Fprintf(std.err, "judged: %d, %d of the first %d of the grade they were written for, %d more when asked for again; %d dropped, %d relabelled, %d kept\n",
		c.Judged, c.Agreed, first, c.Mended, c.Dropped, c.Relabelled, c.Kept)
	for grade, row := range slices.Backward(c.Confusion[:]) {
		fmt.Fprintf(std.err, "  written for %d, judged 3 2 1 0: %d %d %d %d\n", grade, row[3], row[2], row[1], row[0])
	}
	if c.NoGrade > 0 {
		fmt.Fprintf(std.err, "  judged without a grade: %d\n", c.NoGrade)
	}
}

func printShortcuts(std streams, s generate.Shortcuts) {
	verdict := "no more than chance"
	if names := s.Betraying(); len(names) > 0 {
		verdict = strings.Join(names, " and ") + " betray the grade without the query"
	}
	fmt.Fprintf(std.err, "shortcuts: grades guessed from the words %.3f, from the length %.3f, by chance %.3f ± %.3f: %s\n",
		s.Words, s.Length, s.Chance, s.Margin, verdict)
}
