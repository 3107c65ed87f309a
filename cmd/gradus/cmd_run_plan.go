package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/report"
)

// printEstimate prints a plan by the parts of its recipe, or stage by stage, and its sum.
func printEstimate(e recipe.Estimate, stages bool, std streams) error {
	var err error
	if stages {
		err = printStages(e, std)
	} else {
		err = planGrid(e).Write(std.out, "text")
	}
	if err != nil {
		return err
	}
	for _, missing := range e.Missing {
		fmt.Fprintln(std.err, "not here:", missing)
	}
	if asked := e.LLM; asked.Requests > 0 {
		fmt.Fprintf(std.out, "LLMs: %d requests, %d tokens of prompts and %d of answers, %.2f USD\n", asked.Requests, asked.PromptTokens, asked.AnswerTokens, asked.USD)
	}
	of := ""
	if e.Rough {
		of = ", roughly: nothing was measured here yet"
	}
	_, err = fmt.Fprintf(std.out, "%d of %d stages to do\t%s%s\n", e.ToDo, len(e.Stages), e, of)
	return err
}

// printStages prints a line a stage.
func printStages(e recipe.Estimate, std streams) error {
	for _, s := range e.Stages {
		fields := []string{s.Stage, "to do", recipe.Duration(s.Seconds)}
		if s.Done {
			fields[1], fields[2] = "done", "-"
		}
		if e.USD > 0 {
			fields = append(fields, fmt.Sprintf("%.2f USD", s.USD))
		}
		if s.Waits != "" {
			fields = append(fields, "once "+s.Waits)
		}
		if _, err := fmt.Fprintln(std.out, strings.Join(fields, "\t")); err != nil {
			return err
		}
	}
	return nil
}

// longKinds are the kinds of stages that take long enough for a column of their own.
var longKinds = []string{"generate", "train", "encode", "search", "judge"}

// planPart is the stages that are for one part of the recipe.
type planPart struct {
	name         string
	stages, done int
	toDo         map[string]int     // by kind
	seconds      map[string]float64 // likewise
	total, usd   float64
}

// planParts gathers the stages of a plan by what they are for, in its order, and all of them last.
func planParts(e recipe.Estimate) []*planPart {
	var parts []*planPart
	all := &planPart{name: "all", toDo: map[string]int{}, seconds: map[string]float64{}}
	for _, s := range e.Stages {
		i := slices.IndexFunc(parts, func(p *planPart) bool { return p.name == s.For })
		if i < 0 {
			i, parts = len(parts), append(parts, &planPart{name: s.For, toDo: map[string]int{}, seconds: map[string]float64{}})
		}
		kind, _, _ := strings.Cut(s.Stage, " ")
		for _, p := range []*planPart{parts[i], all} {
			p.stages++
			if s.Done {
				p.done++
				continue
			}
			p.toDo[kind]++
			p.seconds[kind] += s.Seconds
			p.total += s.Seconds
			p.usd += s.USD
		}
	}
	return append(parts, all)
}

// planGrid is a line for each part of the recipe: its stages, how many are done,
// and for each kind that takes long how many are to do and what they take.
func planGrid(e recipe.Estimate) report.Grid {
	parts := planParts(e)
	all := parts[len(parts)-1]
	g := report.Grid{Columns: []report.Column{{Name: "for", Words: true}, {Name: "stages"}, {Name: "done"}}}
	kinds := slices.DeleteFunc(slices.Clone(longKinds), func(kind string) bool { return all.toDo[kind] == 0 })
	for _, kind := range kinds {
		g.Columns = append(g.Columns, report.Column{Name: kind})
	}
	g.Columns = append(g.Columns, report.Column{Name: "time"})
	if e.USD > 0 {
		g.Columns = append(g.Columns, report.Column{Name: "USD"})
	}
	for _, p := range parts {
		row := []string{p.name, strconv.Itoa(p.stages), strconv.Itoa(p.done)}
		for _, kind := range kinds {
			cell := "-"
			if n := p.toDo[kind]; n > 0 {
				cell = fmt.Sprintf("%d in %s", n, recipe.Duration(p.seconds[kind]))
			}
			row = append(row, cell)
		}
		time := "-"
		if p.done < p.stages {
			time = recipe.Duration(p.total)
		}
		row = append(row, time)
		if e.USD > 0 {
			row = append(row, fmt.Sprintf("%.2f", p.usd))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
