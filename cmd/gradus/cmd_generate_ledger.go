package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/gradus-ir/gradus/generate"
)

func runRebuild(ctx context.Context, opts generateOptions, std streams) error {
	run := generate.Options{Out: opts.run.Out}
	if opts.changed("split") {
		run.Split = opts.split
	}
	if opts.changed("on-mismatch") {
		run.OnMismatch = opts.run.OnMismatch
	}
	summary, err := generate.Rebuild(ctx, run)
	if err != nil {
		return err
	}
	return printGenerated(std, summary, opts)
}

func runExplain(ctx context.Context, opts generateOptions, std streams) error {
	e, err := generate.Explain(ctx, opts.run.Out, opts.mode.explain)
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, e)
	}
	_, err = fmt.Fprint(std.out, explained(e))
	return err
}

// explained is an explanation as people read it, the attempts in their order.
func explained(e generate.Explanation) string {
	var text strings.Builder
	fmt.Fprintf(&text, "document  %s\nquery     %s: %s\n", e.DocID, e.QueryID, e.Query)
	grade := fmt.Sprintf("written for %d", e.Asked)
	if e.Grade != nil && *e.Grade != e.Asked {
		grade += fmt.Sprintf(", relabelled to %d", *e.Grade)
	}
	fmt.Fprintf(&text, "grade     %s\nstrategy  %s, seed %d\n", grade, e.Strategy, e.Seed)
	if e.Judge != "" {
		fmt.Fprintf(&text, "judge     %s\n", e.Judge)
	}
	if e.Grade != nil {
		fmt.Fprintf(&text, "text      %s\n", e.Text)
	} else {
		fmt.Fprintf(&text, "left out  %s\n", e.Reason)
	}
	for _, a := range e.Attempts {
		fmt.Fprintf(&text, "\n--- step %s, attempt %d: prompt %s, model %s, seed %d, %d tokens, %d ms\n",
			a.Step, a.Attempt+1, a.Prompt, a.Model, a.Seed, a.Tokens, a.Milliseconds)
		for _, part := range []struct{ name, text string }{{"system", a.System}, {"prompt", a.User}, {"answer", a.Raw}, {"taken", a.Text}, {"refused", a.Fault}} {
			if part.text != "" {
				fmt.Fprintf(&text, "%s:\n%s\n", part.name, indented(part.text))
			}
		}
		if a.Judged != nil {
			fmt.Fprintf(&text, "judged: %s\n", judgedGrade(*a.Judged))
		}
	}
	return text.String()
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func judgedGrade(grade int) string {
	if grade == generate.NoGrade {
		return "without a grade"
	}
	return fmt.Sprint(grade)
}
