package recipe

import (
	"cmp"

	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/trec"
)

// Asked is what a stage asks of LLMs, by a forecast in which every first answer is of use.
type Asked struct {
	Requests     int64   `json:"requests"`
	PromptTokens int64   `json:"prompt_tokens"`
	AnswerTokens int64   `json:"answer_tokens"`
	USD          float64 `json:"usd"`
	Seconds      float64 `json:"seconds"`
}

// plus is what two ask together, one after the other.
func (a Asked) plus(b Asked) Asked {
	return Asked{a.Requests + b.Requests, a.PromptTokens + b.PromptTokens, a.AnswerTokens + b.AnswerTokens, a.USD + b.USD, a.Seconds + b.Seconds}
}

// ask is what so many requests ask of the LLM, each with so many tokens of prompt and of answer.
func (l LLM) ask(requests, prompt, answer float64) Asked {
	a := Asked{Requests: int64(requests), PromptTokens: int64(requests * prompt), AnswerTokens: int64(requests * answer)}
	a.USD = llm.Prices{Prompt: l.PromptPrice, Completion: l.Price}.Cost(a.PromptTokens, a.AnswerTokens)
	a.Seconds = float64(a.PromptTokens+a.AnswerTokens) / l.speed()
	return a
}

// within is what of it fits the LLM's limits of tokens and cost, at which a generation stops.
func (a Asked) within(l LLM) Asked {
	share := 1.0
	if tokens := a.PromptTokens + a.AnswerTokens; l.MaxTokens > 0 && tokens > l.MaxTokens {
		share = float64(l.MaxTokens) / float64(tokens)
	}
	if l.MaxCost > 0 && a.USD*share > l.MaxCost {
		share = l.MaxCost / a.USD
	}
	part := func(n int64) int64 { return int64(share * float64(n)) }
	return Asked{part(a.Requests), part(a.PromptTokens), part(a.AnswerTokens), share * a.USD, share * a.Seconds}
}

// writing is what a generator asks of the LLM that writes and of the one that checks.
func (p *planner) writing(g Generator) (Asked, error) {
	opts := generate.Options{Strategy: g.Strategy, Grades: g.Grades, Domain: g.Domain, Answers: g.Answers}
	opts.Queries = append(opts.Queries, exampleQuery)
	if g.Style != "" {
		opts.Examples, opts.ExamplesPerQuery = []string{exampleDocument}, cmp.Or(g.Examples, styleExamples)
	}
	queries := p.queries(g.Queries)
	written, err := generate.Dry(opts)
	if err != nil {
		return Asked{}, g.at.Wrap(err)
	}
	all := g.LLM.forecast(written, queries)
	if g.Judge == nil {
		return all.within(g.LLM), nil
	}
	opts.Judge = &generate.Judge{}
	checked, err := generate.Dry(opts)
	if err != nil {
		return Asked{}, g.at.Wrap(err)
	}
	checked.Requests -= written.Requests
	checked.Usage.PromptTokens -= written.Usage.PromptTokens
	checked.Usage.CompletionTokens -= written.Usage.CompletionTokens
	return all.plus(g.Judge.forecast(checked, queries)).within(g.LLM), nil
}

// forecast is what is asked for so many queries, by what is asked for one.
func (l LLM) forecast(one generate.Forecast, queries float64) Asked {
	n := float64(max(one.Requests, 1))
	return l.ask(n*queries, float64(one.Usage.PromptTokens)/n, float64(one.Usage.CompletionTokens)/n)
}

// Tokens of a request to a judge, about what package judge has.
const (
	judgeInstructions = 300
	judgeQuery        = 16
	judgeDocument     = 1500 // at most; see judge.Options.PromptTokens
	judgeAnswer       = 10
)

// judging is what a judge is asked about the documents that runs found first,
// each alone. Where the runs are not all there, how many they share is a guess.
func (p *planner) judging(t Test, runs []armRun) (Asked, error) {
	all, tokens, err := p.size(t.Split.Collection, judgeDocument)
	if err != nil {
		return Asked{}, err
	}
	pairs, known := p.pairs(t, runs)
	if !known {
		each := min(all, float64(t.Pool)*(1+float64(len(runs)-1)/3))
		pairs = p.queries(t.Split) * each
	}
	return t.Judge.ask(pairs, judgeInstructions+judgeQuery+tokens, judgeAnswer), nil
}

// pairs is how many pairs of a query and a document the runs found first, if all are there.
func (p *planner) pairs(t Test, runs []armRun) (float64, bool) {
	different := map[[2]string]bool{}
	for _, r := range runs {
		if !p.isDone(r.made) {
			return 0, false
		}
		run, err := trec.ReadRun(p.e.Path(r.made.Path))
		if err != nil {
			return 0, false
		}
		for query, ranking := range run.Rankings {
			for _, d := range ranking[:min(t.Pool, len(ranking))] {
				different[[2]string{query, d.DocID}] = true
			}
		}
	}
	return float64(len(different)), true
}

// isDone tells that the stage that makes the product is done.
func (p *planner) isDone(made product) bool {
	for _, s := range p.stages {
		if s.Out == made.Path {
			return s.Done && made.waits == ""
		}
	}
	return false
}
