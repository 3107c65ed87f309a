package recipe

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

var scoreKind = Kind{"score", 1}

// shiftQueries is how many lists are scored: enough for the shape of a distribution.
const shiftQueries = 100

// gradedScore is how a model scores a document that is graded for the query.
type gradedScore struct {
	Grade int     `json:"grade"`
	Score float64 `json:"score"`
}

// scoreShifts plans, for the recipe's graded lists, the scores of every model
// that arms start from and of every trained arm's first model.
func (p *planner) scoreShifts(models map[string][]armModel) error {
	if p.Shift == nil {
		return nil
	}
	read, err := p.read(*p.Shift)
	if err != nil {
		return err
	}
	for _, a := range p.Arms {
		if !a.Trained() {
			continue
		}
		for _, m := range []armModel{p.untrained(a), models[a.Name][0]} {
			load := p.load(m)
			_, err := p.add(Stage{
				Kind: scoreKind, Of: p.Shift.String() + " by " + m.name(), For: m.of(), Out: scoresPath(m),
				Inputs: []any{p.identity(m), read, m.start.QueryMaxLength, m.start.DocumentMaxLength},
				Run: func(ctx context.Context, out string, _ func(int64, int64, string)) error {
					model, err := load(ctx)
					if err != nil {
						return err
					}
					scores, err := scoreLists(ctx, model, read.folder, p.Shift.Name, m.start.Encoder)
					if err != nil {
						return err
					}
					return writeJSON(out, scores)
				},
			}, m.made, read.made)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func scoresPath(m armModel) string { return filepath.Join("scores", m.name()+".json") }

// scoreLists scores the graded documents of some of a split's queries.
func scoreLists(ctx context.Context, m *encoder.Model, dir, splitName string, e Encoder) ([]gradedScore, error) {
	c, err := collection.Open(dir)
	if err != nil {
		return nil, err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath(splitName))
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(qrels))
	random := rand.New(rand.NewPCG(1, 0))
	random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	ids = ids[:min(len(ids), shiftQueries)]
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
		for doc := range qrels[id] {
			wanted["\x00"+doc] = true
		}
	}
	queries, err := vectorsOf(ctx, m, c, true, e.QueryMaxLength, func(id string) bool { return wanted[id] })
	if err != nil {
		return nil, err
	}
	documents, err := vectorsOf(ctx, m, c, false, e.DocumentMaxLength, func(id string) bool { return wanted["\x00"+id] })
	if err != nil {
		return nil, err
	}
	var scores []gradedScore
	for _, id := range ids {
		for _, doc := range slices.Sorted(maps.Keys(qrels[id])) {
			if documents[doc] == nil || queries[id] == nil {
				return nil, fmt.Errorf("%s: want document %s and query %s in the collection, found one of them missing", c.QrelsPath(splitName), doc, id)
			}
			scores = append(scores, gradedScore{qrels[id][doc], similarity(m, queries[id], documents[doc])})
		}
	}
	return scores, nil
}

// similarity is what the model ranks by.
func similarity(m *encoder.Model, query, document []float32) float64 {
	var dot, q, d float64
	for i := range query {
		dot += float64(query[i]) * float64(document[i])
		q += float64(query[i]) * float64(query[i])
		d += float64(document[i]) * float64(document[i])
	}
	if m.Similarity == "cosine" && q*d > 0 {
		return dot / math.Sqrt(q*d)
	}
	return dot
}

// vectorsOf encodes the texts of a collection that are wanted.
func vectorsOf(ctx context.Context, m *encoder.Model, c *collection.Collection, queries bool, maxLength int, wanted func(id string) bool) (map[string][]float32, error) {
	var ids, contents []string
	for t, err := range textsOf(c, queries) {
		if err != nil {
			return nil, err
		}
		if wanted(t.id) {
			ids, contents = append(ids, t.id), append(contents, t.content)
		}
	}
	role := "document"
	if queries {
		role = "query"
	}
	vectors, err := m.Encode(ctx, contents, encoder.EncodeOptions{Prompt: m.PromptFor(role), MaxLength: maxLength})
	if err != nil {
		return nil, err
	}
	byID := make(map[string][]float32, len(ids))
	for i, id := range ids {
		byID[id] = vectors[i]
	}
	return byID, nil
}

// shiftBins is how many bins a distribution of scores is drawn with.
const shiftBins = 30

// newShift sets the scores of a model before and after its training side by side.
func newShift(lists string, seed uint64, before, after []gradedScore) report.Shift {
	s := report.Shift{Lists: lists, Seed: int64(seed)}
	all := slices.Concat(before, after)
	if len(all) == 0 {
		return s
	}
	low, high := all[0].Score, all[0].Score
	for _, x := range all {
		low, high = min(low, x.Score), max(high, x.Score)
	}
	if high == low {
		high = low + 1
	}
	width := (high - low) / shiftBins
	for i := range shiftBins + 1 {
		s.Edges = append(s.Edges, low+float64(i)*width)
	}
	grades := map[int]bool{}
	for _, x := range all {
		grades[x.Grade] = true
	}
	histogram := func(scores []gradedScore) (list []report.GradeScores) {
		for _, grade := range slices.Sorted(maps.Keys(grades)) {
			counts := make([]int, shiftBins)
			for _, x := range scores {
				if x.Grade == grade {
					counts[min(int((x.Score-low)/width), shiftBins-1)]++
				}
			}
			list = append(list, report.GradeScores{Grade: grade, Counts: counts})
		}
		return list
	}
	s.Before, s.After = histogram(before), histogram(after)
	return s
}
