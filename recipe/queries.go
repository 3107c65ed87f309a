package recipe

import (
	"context"
	"fmt"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

// queryVectors are the queries of a search as vectors.
type queryVectors struct {
	ids     []string
	vectors [][]float32
	made    maker
}

// searchQueries are the queries chosen by the options, encoded now or before.
func searchQueries(ctx context.Context, m *encoder.Model, opts SearchOptions) (queryVectors, error) {
	var chosen []collection.Query
	if opts.Collection != "" {
		c, err := collection.Open(opts.Collection)
		if err != nil {
			return queryVectors{}, err
		}
		if chosen, err = SplitQueries(c, opts.Split); err != nil {
			return queryVectors{}, err
		}
	}
	if m == nil {
		return storedQueries(opts.QueryVectors, chosen)
	}
	by, err := makerOf(m)
	if err != nil {
		return queryVectors{}, err
	}
	queries := queryVectors{made: by}
	texts := make([]string, len(chosen))
	for i, query := range chosen {
		queries.ids = append(queries.ids, query.ID)
		texts[i] = query.Text
	}
	queries.vectors, err = m.Encode(ctx, texts, encoder.EncodeOptions{Prompt: m.PromptFor("query"), MaxLength: opts.MaxLength})
	return queries, err
}

// SplitQueries returns the queries that a split's qrels judge, in the order of
// the collection's file. A split without a name is all queries, judged or not.
func SplitQueries(c *collection.Collection, split string) ([]collection.Query, error) {
	if split == "" {
		return allQueries(c)
	}
	if err := c.CheckSplit(split); err != nil {
		return nil, err
	}
	judged := make(map[string]bool)
	for judgment, err := range trec.Judgments(c.QrelsPath(split)) {
		if err != nil {
			return nil, err
		}
		judged[judgment.QueryID] = true
	}
	var queries []collection.Query
	for query, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		if judged[query.ID] {
			queries = append(queries, query)
			delete(judged, query.ID)
		}
	}
	for id := range judged {
		return nil, fmt.Errorf("%s: query %q is not in %s, nor are %d others", c.QrelsPath(split), id, c.QueriesPath(), len(judged)-1)
	}
	if len(queries) == 0 {
		return nil, fmt.Errorf("%s: want judged queries, found none", c.QrelsPath(split))
	}
	return queries, nil
}

func allQueries(c *collection.Collection) ([]collection.Query, error) {
	var queries []collection.Query
	for query, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		queries = append(queries, query)
	}
	if len(queries) == 0 {
		return nil, fmt.Errorf("%s: want queries, found none", c.QueriesPath())
	}
	return queries, nil
}

// storedQueries reads a folder that gradus encode --queries wrote: all of it, or the chosen queries.
func storedQueries(dir string, chosen []collection.Query) (queryVectors, error) {
	stored, err := index.Open(dir)
	if err != nil {
		return queryVectors{}, err
	}
	defer stored.Close()
	rows := make(map[string]int, stored.Len())
	queries := queryVectors{made: makerIn(stored)}
	take := func(row int) error {
		vector, err := stored.Read(row, row+1, make([]float32, stored.Dim()))
		queries.ids = append(queries.ids, stored.ID(row))
		queries.vectors = append(queries.vectors, slices.Clone(vector))
		return err
	}
	for row := range stored.Len() {
		rows[stored.ID(row)] = row
		if chosen == nil {
			if err := take(row); err != nil {
				return queryVectors{}, err
			}
		}
	}
	for _, query := range chosen {
		row, ok := rows[query.ID]
		if !ok {
			return queryVectors{}, fmt.Errorf("%s: want a vector of query %q, found none; encode the queries of that collection", dir, query.ID)
		}
		if err := take(row); err != nil {
			return queryVectors{}, err
		}
	}
	return queries, nil
}
