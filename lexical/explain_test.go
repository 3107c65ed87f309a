package lexical_test

import (
	"context"
	"math"
	"testing"

	"github.com/gradus-ir/gradus/lexical"
)

// The parts add up to what Search gives each document that it finds, and to
// nothing for the others; a term that a query has twice counts twice.
func TestExplainAddsUp(t *testing.T) {
	documents := []text{
		{ID: "wing", Text: "The lift of a wing, wings and lifting"},
		{ID: "jet", Text: "Noise of jets"},
		{ID: "long", Text: "A jet, and much else that is not about noise at all but fills a long document"},
		{ID: "none", Text: ""},
	}
	for range 300 { // beyond a block of postings
		documents = append(documents, text{ID: string(rune('A' + len(documents))), Text: "a jet wing"})
	}
	x := open(t, write(t, lexical.Options{}, documents), lexical.Default)
	for _, query := range []string{"wing", "jet noise", "the lift of wings and jets", "noise noise jet", "unknown", "the"} {
		lists, err := x.Search(context.Background(), []string{query}, len(documents))
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]float64)
		for _, hit := range lists[0] {
			found[hit.DocID] = hit.Score
		}
		for i, d := range documents {
			id, parts, err := x.Explain(query, i)
			if err != nil || id != d.ID {
				t.Fatalf("document %d: want %s, got %s, %v", i, d.ID, id, err)
			}
			sum := 0.0
			for _, p := range parts {
				sum += p.Score
				if (p.Count > 0) != (p.Score > 0) {
					t.Errorf("%s, %s: want a score with a count, got %+v", query, id, p)
				}
			}
			if math.Abs(sum-found[id]) > 1e-6 {
				t.Errorf("%s, %s: want parts of %v, got %+v", query, id, found[id], parts)
			}
		}
	}
	if _, parts, err := x.Explain("wings of jets", 0); err != nil || len(parts) != 2 || parts[0].Term != "jet" || parts[0].Count != 0 || parts[1].Count != 2 || parts[1].Documents != 301 {
		t.Errorf("want jet and wing, the latter twice in it, got %+v, %v", parts, err)
	}
	for _, doc := range []int{-1, len(documents)} {
		if _, _, err := x.Explain("wing", doc); err == nil {
			t.Errorf("document %d: want an error, got none", doc)
		}
	}
}
