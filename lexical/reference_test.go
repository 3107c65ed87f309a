package lexical_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/data"
	"github.com/gradus-ir/gradus/lexical"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// The 20 best documents of Cranfield's questions have the very scores that
// Lucene 9.5 gives them (bench/bm25/Lucene.java). Two of its documents are empty.
func TestScoresAreLucenes(t *testing.T) {
	want, err := trec.ReadRun("testdata/lucene_cranfield.run")
	if err != nil {
		t.Fatal(err)
	}
	queries := readTexts(t, data.FS, "cranfield/queries.jsonl")
	x := open(t, write(t, lexical.Options{}, readTexts(t, data.FS, "cranfield/corpus.jsonl")), lexical.Default)
	compared := 0
	for i, hits := range search(t, x, queryTexts(queries), 30) {
		got := make(map[string]float32)
		for _, hit := range hits {
			got[hit.DocID] = float32(hit.Score)
		}
		for rank, doc := range want.Rankings[queries[i].ID] {
			if score, ok := got[doc.DocID]; !ok || score != float32(doc.Score) {
				t.Errorf("query %s, rank %d, document %s: want score %v, got %v", queries[i].ID, rank+1, doc.DocID, float32(doc.Score), score)
			}
			if got, want := hits[rank].Score, doc.Score; float32(got) != float32(want) {
				t.Errorf("query %s: want %v at rank %d, got %v", queries[i].ID, want, rank+1, got)
			}
			compared++
		}
	}
	if compared != 4500 {
		t.Errorf("want 4,500 scores to compare, got %d", compared)
	}
}

// Documents of made-up tokens with the scores of bm25s 0.3.16 (bench/bm25/golden.py).
func TestScoresAreBM25s(t *testing.T) {
	raw, err := os.ReadFile("testdata/bm25s.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		K1, B              float64
		Documents, Queries []string
		Scores             [][]float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		var documents []text
		for i, tokens := range c.Documents {
			documents = append(documents, text{ID: fmt.Sprint(i), Text: tokens})
		}
		x := open(t, write(t, lexical.Options{}, documents), lexical.Parameters{K1: c.K1, B: c.B, ExactLengths: true})
		for q, hits := range search(t, x, c.Queries, len(documents)) {
			got := make([]float64, len(documents))
			for _, hit := range hits {
				var i int
				fmt.Sscan(hit.DocID, &i)
				got[i] = hit.Score
			}
			for i, want := range c.Scores[q] {
				if math.Abs(got[i]-want) > 1e-5 {
					t.Errorf("k1 %v, b %v, query %q, document %d: want %v, got %v", c.K1, c.B, c.Queries[q], i, want, got[i])
				}
			}
		}
	}
}

// Anserini's page of its regressions has 0.6789 and 0.9253 for SciFact's flat BM25.
func TestEffectiveness(t *testing.T) {
	for _, c := range []struct {
		folder       string
		ndcg, recall float64
	}{
		{"../../shared/data/scifact", 0.6789, 0.9253},
		{"../data/cranfield", 0.3416, 0.7206},
	} {
		t.Run(c.folder, func(t *testing.T) {
			if _, err := os.Stat(c.folder); err != nil {
				t.Skip(err)
			}
			qrels, err := trec.ReadQrels(c.folder + "/qrels/test.tsv")
			if err != nil {
				t.Fatal(err)
			}
			folder := os.DirFS(c.folder)
			queries := readTexts(t, folder, "queries.jsonl")
			x := open(t, write(t, lexical.Options{}, readTexts(t, folder, "corpus.jsonl")), lexical.Default)
			run := trec.Run{Rankings: make(map[string][]trec.Scored)}
			for i, hits := range search(t, x, queryTexts(queries), 100) {
				for _, hit := range hits {
					run.Rankings[queries[i].ID] = append(run.Rankings[queries[i].ID], trec.Scored(hit))
				}
			}
			for name, want := range map[string]float64{"nDCG@10": c.ndcg, "R@100": c.recall} {
				m, err := measure.Parse(name)
				if err != nil {
					t.Fatal(err)
				}
				if got := measure.Evaluate(qrels, run, m).Mean(0); math.Abs(got-want) > 0.00006 {
					t.Errorf("%s: want %.4f, got %.4f", name, want, got)
				}
			}
		})
	}
}
