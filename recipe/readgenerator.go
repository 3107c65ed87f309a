package recipe

import (
	"os"
	"slices"

	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/yaml"
)

func readGenerator(key, value yaml.Node) (Generator, error) {
	g := Generator{Name: key.Value, LLM: LLM{Spec: "embedded"}, Seed: 1, CheckAttempts: 2, OnMismatch: generate.MismatchDrop, at: key}
	var order string
	own := []yaml.Field{
		{Key: "queries", Take: takeSplit(&g.Queries)},
		{Key: "order", Take: oneOf(&order, "shuffled", "as-it-is")},
		{Key: "check", Take: takeLLM(&g.Judge,
			yaml.Field{Key: "attempts", Take: yaml.Whole(&g.CheckAttempts, 0)},
			yaml.Field{Key: "on-mismatch", Take: oneOf(&g.OnMismatch, generate.MismatchDrop, generate.MismatchRelabel, generate.MismatchKeep)})},
		{Key: "style-from", Take: yaml.Text(&g.Style)},
		{Key: "style-examples", Take: yaml.Whole(&g.Examples, 1)},
		{Key: "strategy", Take: oneOf(&g.Strategy, generate.Strategies()...)},
		{Key: "domain", Take: yaml.Text(&g.Domain)},
		{Key: "answers", Take: oneOf(&g.Answers, generate.AnswersJSON, generate.AnswersPlain)},
		{Key: "grades", Take: g.takeGrades},
		{Key: "attempts", Take: yaml.Whole(&g.Attempts, 1)},
		{Key: "seed", Take: yaml.Whole(&g.Seed, 0)},
		{Key: "max-time", Take: yaml.Duration(&g.MaxTime)},
	}
	if err := value.Fields("a generator", append(own, g.LLM.fields()...)...); err != nil {
		return g, err
	}
	g.Shuffle = order == "shuffled"
	switch {
	case g.Queries.Collection == "":
		return g, key.Errorf("generator %s wants queries: a collection or COLLECTION/SPLIT whose queries are written for", g.Name)
	case g.Strategy == "style" && g.Style == "":
		return g, key.Errorf("generator %s wants style-from: a collection whose documents' style is followed", g.Name)
	}
	return g, nil
}

func (g *Generator) takeGrades(n yaml.Node) error {
	if err := wholes(&g.Grades, 0)(n); err != nil {
		return err
	}
	for i, grade := range g.Grades {
		if grade > 3 || slices.Contains(g.Grades[:i], grade) {
			return n.Errorf("want different grades from 0 to 3, got %v", g.Grades)
		}
	}
	return nil
}

// fields are the keys that say which LLM is asked, and what it may use up.
func (l *LLM) fields() []yaml.Field {
	return []yaml.Field{
		{Key: "llm", Take: func(n yaml.Node) error {
			text, err := n.Text()
			l.at = n
			l.Spec = os.ExpandEnv(text)
			return err
		}},
		{Key: "model", Take: func(n yaml.Node) error {
			text, err := n.Text()
			l.Model = os.ExpandEnv(text)
			return err
		}},
		{Key: "concurrency", Take: yaml.Whole(&l.Concurrency, 1)},
		{Key: "max-tokens-total", Take: yaml.Whole(&l.MaxTokens, 1)},
		{Key: "max-cost", Take: positive(&l.MaxCost)},
		{Key: "prompt-price", Take: yaml.Number(&l.PromptPrice, 0)},
		{Key: "answer-price", Take: yaml.Number(&l.Price, 0)},
		{Key: "tokens-per-second", Take: positive(&l.TokensPerSecond)},
	}
}

// takeLLM takes an LLM that has a task of its own, with the task's fields beside its.
func takeLLM(to **LLM, more ...yaml.Field) func(yaml.Node) error {
	return func(n yaml.Node) error {
		l := &LLM{Spec: "embedded", at: n}
		*to = l
		return n.Fields("an LLM", append(l.fields(), more...)...)
	}
}
