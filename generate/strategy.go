package generate

import (
	"context"
	"encoding/json"
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
	name     string
	prompts  prompts
	examples bool // it wants the run to have style examples
	write    func(ctx context.Context, t *task) ([]passage, error)
}

// passage is a document that passed the checks.
type passage struct {
	asked int // the grade it was written for
	grade int // the same, unless a judge thought otherwise and is to be followed
	text  string
}

var strategies = []strategy{perGrade, ladder, contrast, style}

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

// secondThoughts are the strategies to try in turn where a judge does not
// agree with the first: those that withhold the query before those that show it.
func secondThoughts(first strategy, examples bool) []strategy {
	var others []strategy
	for _, s := range []strategy{contrast, perGrade, ladder, style} {
		if s.name != first.name && (examples || !s.examples) {
			others = append(others, s)
		}
	}
	return others
}

// task is one query's work.
type task struct {
	query    collection.Query
	grades   []int
	manner   manner
	domain   string
	examples []string // documents of the user's whose style to follow
	near     []string // other queries of the set, near this one; may be short
	far      string   // another one that shares no word with it; "" if there is none

	round string    // goes before the names of steps; "" at first
	kept  []passage // of an earlier round, not to be copied

	asker asker
	left  func(reason string) // counts a document left out
}

// asker has the answers: a model's, through the ledger, or what stands for it.
type asker interface {
	// ask returns the first usable answer to c, asking again up to the run's
	// number of attempts. A *leftOut says that none was; any other error stops the run.
	ask(ctx context.Context, t *task, c call) (string, error)
	// judge returns the grade that the run's judge gives the passage for the query, or NoGrade.
	judge(ctx context.Context, t *task, p passage) (int, error)
}

// call is one question of a strategy to the model.
type call struct {
	step    string // names it within the query, in the ledger
	grade   int    // that its answer is for, or NoGrade if it prepares some
	prompts prompts
	prompt  string // the template's name
	data    promptData
	schema  json.RawMessage // of constrained answers; nil is textSchema
	words   int             // about how many the answer has
	// read takes the text out of the raw answer, or says why it is of no use.
	read func(raw rawAnswer) (text string, fault string)
}

// NoGrade stands where no grade is.
const NoGrade = -1

func (t *task) ask(ctx context.Context, c call) (string, error) {
	c.step = t.round + c.step
	return t.asker.ask(ctx, t, c)
}

// data is what every prompt of the task may use.
func (t *task) data() promptData {
	return promptData{manner: t.manner, Query: bare(t.query.Text), Domain: t.domain}
}

// wanted is what a passage of the task must be.
func (t *task) wanted() wanted {
	return wanted{query: t.query.Text, words: t.manner.Words, language: t.manner.language, examples: t.examples}
}

// leave turns the loss of one document into a count and lets the rest go on.
func (t *task) leave(err error) error {
	if reason := reasonLeftOut(err); reason != "" {
		t.left(reason)
		return nil
	}
	return err
}

// bare is a query without its full stop or question mark: the prompt sets its own.
func bare(query string) string { return strings.TrimRight(query, " .?？。\t") }

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
