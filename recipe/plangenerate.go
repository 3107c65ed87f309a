package recipe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// generate plans what the generators write, and puts on the shelf what they have written.
func (p *planner) generate() error {
	for _, g := range p.Generators {
		read, err := p.read(g.Queries)
		if err != nil {
			return err
		}
		var style part
		if g.Style != "" {
			if style, err = p.read(Split{Collection: g.Style, at: g.at}); err != nil {
				return err
			}
		}
		out := filepath.Join(generatedFolder, g.Name)
		_, err = p.add(Stage{
			Kind: generateKind, Of: g.Name, For: g.Name, Out: out, Resumes: true,
			Inputs: []any{read, style, g.terms()},
			Work: func() (float64, error) {
				asked, err := p.writing(g)
				return asked.Seconds, err
			},
			Asks: func() (Asked, error) { return p.writing(g) },
			Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
				return p.write(ctx, g, read.folder, style.folder, out, move)
			},
		}, read.made, style.made)
		if err != nil {
			return err
		}
		if planned := p.stages[len(p.stages)-1]; planned.Done {
			if err := p.shelf.addGenerated(p.ctx, g, p.e.Path(out)); err != nil {
				return err
			}
		} else {
			delete(p.shelf.places, g.Name)
		}
	}
	return nil
}

// addGenerated puts what a generator has written on the shelf.
func (s *shelf) addGenerated(ctx context.Context, g Generator, dir string) error {
	place := &place{Collection: Collection{Name: g.Name, Path: dir, at: g.at}, folder: dir, source: dir, splits: map[string]*split{}}
	c, err := collection.Open(dir)
	if err != nil {
		return g.at.Wrap(err)
	}
	place.corpus, place.queries = c.CorpusPath(), c.QueriesPath()
	if place.hashes.corpus, err = s.inputs.hash(ctx, place.corpus); err != nil {
		return err
	}
	if place.hashes.queries, err = s.inputs.hash(ctx, place.queries); err != nil {
		return err
	}
	s.places[g.Name] = place
	return nil
}

// terms are what a generator's documents depend on, as part of a stage's key.
func (g Generator) terms() any {
	var judge []any
	if g.Judge != nil {
		judge = []any{g.Judge.Spec, g.Judge.Model, g.CheckAttempts, g.OnMismatch}
	}
	return []any{g.LLM.Spec, g.LLM.Model, g.Shuffle, g.Strategy, g.Domain, g.Answers, g.Grades, g.Attempts, g.Examples, g.Seed, g.MaxTime, judge}
}

// options are generate's, but for the LLMs.
func (g Generator) options(queriesFolder, styleFolder string) (generate.Options, error) {
	opts := generate.Options{
		Split: "train", Strategy: g.Strategy, Grades: g.Grades, Seed: g.Seed, Domain: g.Domain, Answers: g.Answers, Attempts: g.Attempts,
		Concurrency: g.LLM.Concurrency, CheckAttempts: g.CheckAttempts, OnMismatch: g.OnMismatch, MaxTime: g.MaxTime,
	}
	c, err := collection.Open(queriesFolder)
	if err != nil {
		return opts, err
	}
	if opts.Queries, err = SplitQueries(c, g.Queries.Name); err != nil {
		return opts, err
	}
	if g.Shuffle {
		random := rand.New(rand.NewPCG(uint64(g.Seed), 0))
		random.Shuffle(len(opts.Queries), func(i, j int) { opts.Queries[i], opts.Queries[j] = opts.Queries[j], opts.Queries[i] })
	}
	hash, err := durable.HashFile(c.QueriesPath())
	if err != nil {
		return opts, err
	}
	opts.Inputs = []durable.Input{{Path: c.QueriesPath(), SHA256: hash}}
	if g.Style == "" {
		return opts, nil
	}
	style, err := collection.Open(styleFolder)
	if err != nil {
		return opts, err
	}
	if opts.Examples, err = generate.DrawExamples(style.Documents(), g.Seed); err != nil {
		return opts, err
	}
	if len(opts.Examples) == 0 {
		return opts, g.at.Errorf("generator %s: want documents of a paragraph in %s, whose style is followed, found none", g.Name, g.Style)
	}
	opts.ExamplesPerQuery = cmp.Or(g.Examples, styleExamples)
	return opts, nil
}

// styleExamples is how many documents the LLM sees for a query, unless a generator says.
const styleExamples = 2

// write has the LLM write.
func (p *planner) write(ctx context.Context, g Generator, queriesFolder, styleFolder, out string, move func(int64, int64, string)) (err error) {
	opts, err := g.options(queriesFolder, styleFolder)
	if err != nil {
		return err
	}
	opts.Out = out
	opts.Progress = func(progress generate.Progress) {
		move(progress.Queries, progress.Of, fmt.Sprintf("queries, %d documents", progress.Documents))
	}
	if opts.LLM, err = p.open(ctx, g.LLM, nil); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opts.LLM.Close()) }()
	if g.Judge != nil {
		client, err := p.open(ctx, *g.Judge, opts.LLM.Budget())
		if err != nil {
			return err
		}
		defer client.Close()
		j, err := judge.New(ctx, client, judge.Options{})
		if err != nil {
			return err
		}
		opts.Judge = &generate.Judge{
			Name: j.Identity(),
			Grade: func(ctx context.Context, query, document string) (generate.Judgment, error) {
				judgment, err := j.Grade(ctx, query, document)
				return generate.Judgment(judgment), err
			},
		}
	}
	summary, err := generate.Generate(ctx, opts)
	if err == nil && summary.Documents == 0 {
		err = fmt.Errorf("the LLM wrote no usable document for %d queries; give it longer, or look into %s", summary.Queries, filepath.Join(out, generate.LedgerName))
	}
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(out, summaryFile), summary)
}

// summaryFile is what a generation came to, beside its collection.
const summaryFile = "summary.json"

// open starts or reaches an LLM.
func (p *planner) open(ctx context.Context, l LLM, budget *llm.Budget) (*llm.Client, error) {
	key, err := llm.ReadKey("")
	if err != nil {
		return nil, err
	}
	if budget == nil {
		budget = &llm.Budget{MaxTokens: l.MaxTokens, MaxCost: l.MaxCost, Prices: llm.Prices{Prompt: l.PromptPrice, Completion: l.Price}}
	}
	opts := llm.Options{Model: l.Model, Key: key, Concurrency: l.Concurrency, Budget: budget}
	if l.Concurrency == 0 && !llm.IsEmbedded(l.Spec) {
		opts.Concurrency = llm.Auto
	}
	client, err := llm.Open(ctx, l.Spec, opts, embedded.Options{Assets: p.assets})
	if err != nil {
		return nil, l.at.Wrap(err)
	}
	return client, nil
}
