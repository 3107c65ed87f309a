package recipe

import (
	"context"
	"errors"
	"fmt"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
)

// live has the LLM write graded documents for as many odd-numbered questions as fit the time.
func (r *demoRun) live(ctx context.Context) error {
	key, err := r.Do(ctx, Stage{
		Name: "generate live lists", Out: liveFolder, Resumes: true,
		Inputs: []any{r.LLMName, r.LiveTime, r.keys[recordedFolder]},
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) (err error) {
			c, err := collection.Open(r.Path(recordedFolder))
			if err != nil {
				return err
			}
			questions, err := demoQuestions(c)
			if err != nil {
				return err
			}
			hash, err := durable.HashFile(c.QueriesPath())
			if err != nil {
				return err
			}
			client, err := r.LLM(ctx)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, client.Close()) }()
			summary, err := generate.Generate(ctx, generate.Options{
				Out: out, Queries: questions, LLM: client, MaxTime: r.LiveTime,
				Inputs: []durable.Input{{Path: c.QueriesPath(), SHA256: hash}},
				Progress: func(p generate.Progress) {
					move(p.Queries, p.Of, fmt.Sprintf("questions, %d documents", p.Documents))
				},
			})
			if err == nil && summary.Documents == 0 {
				err = fmt.Errorf("the LLM wrote no usable document in %v; give it longer", r.LiveTime)
			}
			return err
		},
	})
	r.keys[liveFolder] = key
	return err
}

// demoQuestions are the odd-numbered questions, spread over the collection so
// that however many of them the LLM gets to, they are not all on one topic.
func demoQuestions(c *collection.Collection) ([]collection.Query, error) {
	var queries []collection.Query
	for q, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	// Cranfield's neighbouring questions come from one paper: take every seventh, then the next ones.
	const stride = 7
	spread := make([]collection.Query, 0, len(queries))
	for first := range stride {
		for i := first; i < len(queries); i += stride {
			spread = append(spread, queries[i])
		}
	}
	return spread, nil
}
