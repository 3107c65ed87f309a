package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"github.com/gradus-ir/gradus/collection"
)

// terms are what a run's answers depend on. A run with other terms is another
// run and needs another folder.
type terms struct {
	Format           int       `json:"format"`
	Strategy         string    `json:"strategy"`
	Prompts          []prompts `json:"prompts"` // of the strategy and those it may turn to
	Model            string    `json:"model"`   // as asked for
	Answers          string    `json:"answers"`
	Queries          string    `json:"queries_sha256"`
	Grades           []int     `json:"grades"`
	Seed             int64     `json:"seed"`
	Attempts         int       `json:"attempts"`
	Domain           string    `json:"domain"`
	Examples         string    `json:"examples_sha256"`
	ExamplesPerQuery int       `json:"examples_per_query"`
	Judge            string    `json:"judge"`
	CheckAttempts    int       `json:"check_attempts"`
}

const ledgerFormat = 2

// head is what a ledger begins with: all that its run depends on.
type head struct {
	terms    *terms
	queries  []collection.Query
	examples []string
}

// head is what the run's ledger begins with.
func (opts Options) head(s strategy, model string) head {
	t := terms{
		Format: ledgerFormat, Strategy: s.name, Prompts: []prompts{s.prompts}, Model: model, Answers: opts.Answers,
		Queries: hashOfQueries(opts.Queries), Grades: opts.Grades, Seed: opts.Seed, Attempts: opts.Attempts,
		Domain: opts.Domain, ExamplesPerQuery: opts.ExamplesPerQuery,
	}
	if len(opts.Examples) > 0 {
		t.Examples = hashOf(fmt.Sprintf("%q", opts.Examples))
	}
	if opts.Judge != nil {
		t.Judge, t.CheckAttempts = opts.Judge.Name, opts.CheckAttempts
		for _, other := range secondThoughts(s, len(opts.Examples) > 0) {
			t.Prompts = append(t.Prompts, other.prompts)
		}
	}
	return head{&t, opts.Queries, opts.Examples}
}

func hashOfQueries(queries []collection.Query) string {
	hash := sha256.New()
	for _, query := range queries {
		fmt.Fprintf(hash, "%q %q\n", query.ID, query.Text)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// changes lists the terms that differ, by the names in the ledger.
func (t terms) changes(now terms) []string {
	var changed []string
	was, is := reflect.ValueOf(t), reflect.ValueOf(now)
	for i := range was.NumField() {
		name := was.Type().Field(i).Tag.Get("json")
		a, b := was.Field(i).Interface(), is.Field(i).Interface()
		switch {
		case reflect.DeepEqual(a, b) || t.Format != now.Format && name != "format":
		case name == "prompts":
			changed = append(changed, changedPrompts(t.Prompts, now.Prompts)...)
		case name == "queries_sha256":
			changed = append(changed, "other queries")
		case name == "examples_sha256":
			changed = append(changed, "other examples of style")
		default:
			changed = append(changed, fmt.Sprintf("%s %v, now %v", strings.ReplaceAll(name, "_", " "), shown(a), shown(b)))
		}
	}
	return changed
}

// changedPrompts says what prompts have another text; others than these come with another strategy.
func changedPrompts(was, now []prompts) []string {
	var changed []string
	for i := range min(len(was), len(now)) {
		switch p, q := was[i], now[i]; {
		case p.Name == q.Name && p.SHA256 != q.SHA256:
			changed = append(changed, fmt.Sprintf("the text of prompts %s has changed", p.Name))
		case p.Name != q.Name:
			changed = append(changed, fmt.Sprintf("prompts %s, now %s", p.Name, q.Name))
		}
	}
	return changed
}

func shown(value any) any {
	if value == "" {
		return "none"
	}
	return value
}
