package exchange_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/exchange"
)

func TestKnownIsWhole(t *testing.T) {
	seen := map[string]bool{}
	beir := 0
	for _, k := range exchange.All() {
		if seen[k.Name] || !exchange.IsName(k.Name) {
			t.Errorf("%s: want a name of its own", k.Name)
		}
		seen[k.Name] = true
		if strings.HasPrefix(k.Name, "beir:") && !strings.Contains(k.Name, "/") && k.Name != "beir:msmarco" {
			beir++
		}
		if len(k.Parts) > 0 {
			continue
		}
		if k.Task == "" || k.Repository == "" || len(k.Revision) != 40 || k.Documents == 0 ||
			!slices.ContainsFunc(k.Splits, func(s exchange.SplitCounts) bool {
				return s.Name == k.Test && s.Queries > 0 && s.Judgments >= s.Queries
			}) {
			t.Errorf("%s lacks something: %+v", k.Name, k)
		}
	}
	if beir != 14 {
		t.Errorf("want BEIR's 14 collections besides MS MARCO, got %d", beir)
	}
	forums, err := exchange.Find("beir:cqadupstack")
	if err != nil {
		t.Fatal(err)
	}
	var documents, queries, judgments int64
	for _, name := range forums.Parts {
		part, err := exchange.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		documents += part.Documents
		queries += part.Splits[0].Queries
		judgments += part.Splits[0].Judgments
	}
	// What BEIR's table has for all of CQADupStack.
	if len(forums.Parts) != 12 || documents != 457_199 || queries != 13_145 || judgments != 23_703 {
		t.Errorf("want 12 parts, 457199 documents, 13145 queries, 23703 judgments, got %d, %d, %d, %d", len(forums.Parts), documents, queries, judgments)
	}
	if _, err := exchange.Find("beir:scifakt"); err == nil || !strings.Contains(err.Error(), `unknown collection "beir:scifakt"; known are beir:trec-covid, `) {
		t.Errorf("got %v", err)
	}
}

func TestRules(t *testing.T) {
	for name, want := range map[string]string{
		"beir:scifact": "",
		"beir:arguana": "--drop-self-matches",
		"beir:quora":   "--drop-self-matches",
		"trec:dl19":    "--measure 'nDCG@10' --measure 'RR(rel=2)@10' --measure 'AP(rel=2)' --measure 'R(rel=2)@100'",
		"msmarco:dev":  "",
	} {
		k, err := exchange.Find(name)
		if err != nil || k.Measuring() != want {
			t.Errorf("%s: want %q, got %q, %v", name, want, k.Measuring(), err)
		}
	}
}

func TestCheckTellsWhatDiffers(t *testing.T) {
	k := exchange.Known{Name: "beir:x", Documents: 5, Test: "test", Splits: []exchange.SplitCounts{{Name: "train", Queries: 2, Judgments: 3}, {Name: "test", Queries: 1, Judgments: 2}}}
	test := exchange.SplitCounts{Name: "test", Queries: 1, Judgments: 1, Repeated: 1}
	for want, counts := range map[string]exchange.Counts{
		"": {Documents: 5, Splits: []exchange.SplitCounts{test, {Name: "other", Queries: 9}}}, // train may be missing
		"this is not beir:x as it is known: want 5 documents, got 4; want a split test, got none":             {Documents: 4},
		"this is not beir:x as it is known: want 2 queries in train, got 1; want 3 judgments in train, got 1": {Documents: 5, Splits: []exchange.SplitCounts{test, {Name: "train", Queries: 1, Judgments: 1}}},
	} {
		err := k.Check(counts)
		if got := fmt.Sprint(err); got != want && !(want == "" && err == nil) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestLocalCopies(t *testing.T) {
	lines := map[string]string{
		"collection.tsv.gz": "", "msmarco-test2019-queries.tsv": "1\tx\n", "2019qrels-pass.txt": "1 Q0 2 3\n",
	}
	passages := lay(t, lines)
	hub := lay(t, map[string]string{"README.md": mtebCard, "corpus.jsonl": "", "queries.jsonl": "", "qrels/test.jsonl": "", "ja/a.jsonl": "", "ja/dev.tsv": ""})
	dl, err := exchange.Find("trec:dl19")
	if err != nil {
		t.Fatal(err)
	}
	for dir, files := range map[string]int{passages: 3, odd(t): 4, hub: 3} {
		source, err := dl.Local(dir)
		if err != nil || len(source.Files()) != files {
			t.Errorf("%s: want %d files, got %v, %v", dir, files, source, err)
		}
	}
	if err := os.Remove(filepath.Join(passages, "2019qrels-pass.txt")); err != nil {
		t.Fatal(err)
	}
	if _, err := dl.Local(passages); err == nil || !strings.Contains(err.Error(), "want a copy of trec:dl19: want 2019qrels-pass.txt in it, found none") {
		t.Errorf("got %v", err)
	}
}

// TestRealSciFact holds BEIR's own files against the known counts, where they are.
func TestRealSciFact(t *testing.T) {
	const dir = "../../shared/data/scifact"
	if _, err := os.Stat(dir); err != nil {
		t.Skip(err)
	}
	k, err := exchange.Find("beir:scifact")
	if err != nil {
		t.Fatal(err)
	}
	source, err := k.Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Write(context.Background(), source, filepath.Join(t.TempDir(), "out"), exchange.WriteOptions{Accept: k.Check}); err != nil {
		t.Error(err)
	}
}
