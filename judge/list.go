package judge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/trec"
)

// List is a query and the documents to be graded for it.
type List struct {
	Query     collection.Query
	Documents []collection.Document
}

// mostDocuments is how many documents a model is given at once: with more, small ones lose count.
const mostDocuments = 10

// Lists are the lists of the given documents of queries, in the order of the
// collection's queries, the documents by ID. A query or a document that the
// collection does not have is an error.
func Lists(c *collection.Collection, documents map[string][]string) ([]List, error) {
	wanted := map[string]struct{}{}
	for _, ids := range documents {
		for _, id := range ids {
			wanted[id] = struct{}{}
		}
	}
	found := make(map[string]collection.Document, len(wanted))
	for document, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		if _, ok := wanted[document.ID]; ok {
			found[document.ID] = document
		}
	}
	var lists []List
	seen := make(map[string]bool, len(documents))
	for query, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		ids := documents[query.ID]
		if len(ids) == 0 || seen[query.ID] {
			continue
		}
		seen[query.ID] = true
		list := List{Query: query}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			document, ok := found[id]
			if !ok {
				return nil, fmt.Errorf("document %q (query %q) is not in %s", id, query.ID, c.CorpusPath())
			}
			list.Documents = append(list.Documents, document)
		}
		lists = append(lists, list)
	}
	for id, ids := range documents {
		if len(ids) > 0 && !seen[id] {
			return nil, fmt.Errorf("query %q is not in %s", id, c.QueriesPath())
		}
	}
	return lists, nil
}

// JudgedDocuments are the documents that qrels grade, by query.
func JudgedDocuments(qrels trec.Qrels) map[string][]string {
	documents := make(map[string][]string, len(qrels))
	for query, grades := range qrels {
		for id := range grades {
			documents[query] = append(documents[query], id)
		}
	}
	return documents
}

// PooledDocuments are the first depth documents of each ranking of the runs,
// by query; one that several runs found may stand there again.
func PooledDocuments(runs []trec.Run, depth int) map[string][]string {
	documents := map[string][]string{}
	for _, run := range runs {
		for query, ranking := range run.Rankings {
			for _, document := range ranking[:min(depth, len(ranking))] {
				documents[query] = append(documents[query], document.DocID)
			}
		}
	}
	return documents
}

// Draw keeps about so many pairs of a query and a document: lists drawn by the
// seed, whole, but for the last, of which the documents that fill the number
// are drawn. What is kept keeps its order.
func Draw(lists []List, pairs int, seed int64) []List {
	order := make([]int, len(lists))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(draw(seed, "list", lists[a].Query.ID), draw(seed, "list", lists[b].Query.ID))
	})
	room := make([]int, len(lists)) // documents to keep of each
	for _, i := range order {
		room[i] = min(pairs, len(lists[i].Documents))
		pairs -= room[i]
	}
	var kept []List
	for i, list := range lists {
		if room[i] == 0 {
			continue
		}
		if room[i] < len(list.Documents) {
			chosen := slices.Sorted(slices.Values(shuffled(seed, list, 0)[:room[i]]))
			documents := make([]collection.Document, len(chosen))
			for k, d := range chosen {
				documents[k] = list.Documents[d]
			}
			list.Documents = documents
		}
		kept = append(kept, list)
	}
	return kept
}

// shuffled are the places of a list's documents in the order that a number draws.
func shuffled(seed int64, list List, order int) []int {
	places := make([]int, len(list.Documents))
	keys := make([]uint64, len(list.Documents))
	for i, document := range list.Documents {
		places[i], keys[i] = i, draw(seed, "order", list.Query.ID, order, document.ID)
	}
	slices.SortFunc(places, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	return places
}

// part is what one request asks about: places in a list, in the order shown.
type part struct {
	order  int
	number int // within the order
	form   form
	places []int
}

// parts are the requests that a list takes: each document alone, or the whole
// list in each order, cut where a request is full.
func (j *Judge) parts(list List) []part {
	var parts []part
	if j.opts.Orders == 0 {
		for i := range list.Documents {
			parts = append(parts, part{0, i, alone, []int{i}})
		}
		return parts
	}
	orders := j.opts.Orders
	if len(list.Documents) == 1 {
		orders = 1 // there is no other
	}
	for order := range orders {
		var full part
		var tokens int64
		number := 0
		for _, place := range shuffled(j.opts.Seed, list, order) {
			more := llm.EstimateTokens(j.fit(list.Documents[place].Content()))
			if n := len(full.places); n > 0 && (n == mostDocuments || tokens+more > int64(j.opts.PromptTokens)) {
				parts = append(parts, full)
				full, tokens = part{}, 0
				number++
			}
			full = part{order, number, listwise, append(full.places, place)}
			tokens += more
		}
		parts = append(parts, full)
	}
	return parts
}
