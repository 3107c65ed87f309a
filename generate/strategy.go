package generate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
)

// strategy is a way to have one query's documents written. write asks the
// model through the task and returns the passages it got, in the order of the
// task's grades. It runs anew when a run is resumed, with the answers that are
// in the ledger: it must ask the same way given the same answers.
type strategy struct {
	name    string
	prompts prompts
	write   func(ctx context.Context, t *task) ([]passage, error)
}

// passage is a document that passed the checks.
type passage struct {
	grade int
	text  string
}

var strategies = []strategy{perGrade}

// Strategies are the names that Options.Strategy takes, the default first.
func Strategies() []string {
	var names []string
	for _, s := range strategies {
		names = append(names, s.name)
	}
	return names
}

func findStrategy(name string) (strategy, error) {
	if name == "" {
		return strategies[0], nil
	}
	i := slices.IndexFunc(strategies, func(s strategy) bool { return s.name == name })
	if i < 0 {
		return strategy{}, fmt.Errorf("unknown strategy %q, want one of: %s", name, strings.Join(Strategies(), ", "))
	}
	return strategies[i], nil
}

// task is one query's work.
type task struct {
	query  collection.Query
	grades []int
	words  int      // length of its passages
	near   []string // other queries of the set, near this one; may be short
	far    string   // another one that shares no word with it; "" if there is none
	asker  asker
	left   func(reason string) // counts a document left out
}

type asker interface {
	ask(ctx context.Context, query collection.Query, c call) (string, error)
}

// call is one question of a strategy to the model.
type call struct {
	step   string // names it within the query, in the ledger
	prompt string // the template's name
	data   promptData
	words  int // about how many the answer has
	// read takes the text out of the raw answer, or says why it is of no use.
	read func(raw rawAnswer) (text string, fault string)
}

// ask returns the first usable answer to c, asking again up to the run's
// number of attempts. A *leftOut says that none was; any other error stops the run.
func (t *task) ask(ctx context.Context, c call) (string, error) {
	return t.asker.ask(ctx, t.query, c)
}

// leftOut is a document, or a step towards one, that could not be had.
type leftOut struct{ reason string }

func (e *leftOut) Error() string { return "left out: " + e.reason }

// reasonLeftOut is the reason, or "" for another error.
func reasonLeftOut(err error) string {
	var out *leftOut
	if errors.As(err, &out) {
		return out.reason
	}
	return ""
}
