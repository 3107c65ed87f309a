package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/trec"
)

// gradedLists are lists of cranfield-graded, drawn.
func gradedLists(opts options) (*row, error) {
	c, err := collection.Open(filepath.Join(opts.data, "cranfield-graded"))
	if err != nil {
		return nil, err
	}
	intended, err := trec.ReadQrels(c.QrelsPath("train"))
	if err != nil {
		return nil, err
	}
	lists, err := judge.Lists(c, judge.JudgedDocuments(intended))
	if err != nil {
		return nil, err
	}
	lists = drawn(lists, opts.queries, opts.seed)
	return &row{name: "cranfield-graded", lists: lists, intended: intended, whole: fmt.Sprintf("%d of %d", len(lists), len(lists))}, nil
}

// drawn are n of the lists, in their order.
func drawn(lists []judge.List, n int, seed int64) []judge.List {
	places := rand.New(rand.NewPCG(uint64(seed), 1)).Perm(len(lists))
	places = places[:min(n, len(places))]
	slices.Sort(places)
	var chosen []judge.List
	for _, i := range places {
		chosen = append(chosen, lists[i])
	}
	return chosen
}

// perQuestion is how many relevant documents of a question of Cranfield are
// judged, and as many that are not relevant.
const perQuestion = 5

// realPairs are pairs of Cranfield, half of them relevant: documents that the
// qrels grade above 0 and documents they do not, which the makers of Cranfield
// looked through for each question. Cleverdon's grades 4 to 1 are laid on the
// TREC DL scale as 3, 2, 1, 1.
func realPairs(opts options) (*row, error) {
	c, err := collection.Open(filepath.Join(opts.data, "cranfield"))
	if err != nil {
		return nil, err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath("test"))
	if err != nil {
		return nil, err
	}
	var all []string
	for document, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		all = append(all, document.ID)
	}
	lists, err := judge.Lists(c, judge.JudgedDocuments(qrels))
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(uint64(opts.seed), 2))
	documents, intended := map[string][]string{}, trec.Qrels{}
	pairs := 0
	for _, i := range random.Perm(len(lists)) {
		id := lists[i].Query.ID
		var relevant []string
		for _, document := range lists[i].Documents {
			if qrels[id][document.ID] > 0 {
				relevant = append(relevant, document.ID)
			}
		}
		if len(relevant) < perQuestion || pairs >= opts.pairs {
			continue
		}
		random.Shuffle(len(relevant), func(a, b int) { relevant[a], relevant[b] = relevant[b], relevant[a] })
		chosen := slices.Clone(relevant[:perQuestion])
		for len(chosen) < 2*perQuestion {
			other := all[random.IntN(len(all))]
			if qrels[id][other] <= 0 && !slices.Contains(chosen, other) {
				chosen = append(chosen, other)
			}
		}
		documents[id], intended[id] = chosen, map[string]int{}
		for _, document := range chosen {
			intended[id][document] = onScale(qrels[id][document])
		}
		pairs += len(chosen)
	}
	chosen, err := judge.Lists(c, documents)
	if err != nil {
		return nil, err
	}
	return &row{name: "cranfield", lists: chosen, intended: intended, whole: "-"}, nil
}

func onScale(cleverdon int) int {
	if cleverdon >= 3 {
		return cleverdon - 1
	}
	return cmp.Compare(cleverdon, 0)
}
