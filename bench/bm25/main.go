// Command bm25 is our side of the comparison in this folder. It prints one JSON object.
//
//	bm25 -collection DIR            seconds to index the documents, and to open the index and search for all queries
//	bm25 -collection DIR -scores    tokens of documents and queries, and the scores of each query's best documents at exact lengths
//	bm25 -documents N               seconds, bytes and peak memory of indexing N made-up documents, and of searching them
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gradus-ir/gradus/bench/cost"
	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/lexical"
)

const depth = 100

func main() {
	dir := flag.String("collection", "", "the collection's `folder`")
	scores := flag.Bool("scores", false, "print tokens and scores in place of times")
	documents := flag.Int("documents", 0, "index so many made-up documents in place of a collection")
	flag.Parse()
	result, err := run(*dir, *scores, *documents)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, scores bool, documents int) (any, error) {
	temp, err := os.MkdirTemp("", "bm25-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	index := filepath.Join(temp, "index")
	if documents > 0 {
		return madeUp(index, documents)
	}
	var texts, queries []string
	c, err := collection.Open(dir)
	if err != nil {
		return nil, err
	}
	for d, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		texts = append(texts, d.Content())
	}
	for q, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		queries = append(queries, q.Text)
	}
	if scores {
		return scored(index, texts, queries)
	}
	indexing, err := cost.Of(func() error {
		return build(index, len(texts), func(i int) string { return texts[i] })
	})
	if err != nil {
		return nil, err
	}
	searching, err := cost.Of(func() error {
		_, err := search(index, lexical.Default, queries)
		return err
	})
	return map[string]cost.Spent{"index": indexing, "search": searching}, err
}

// build indexes n documents whose ids are their places.
func build(dir string, n int, text func(i int) string) error {
	return lexical.Create(context.Background(), dir, lexical.Options{}, func(w *lexical.Writer) error {
		for i := range n {
			if err := w.Append(fmt.Sprint(i), text(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func search(dir string, p lexical.Parameters, queries []string) ([][]lexical.Hit, error) {
	x, err := lexical.Open(dir, p)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return x.Search(context.Background(), queries, depth)
}

func scored(dir string, texts, queries []string) (any, error) {
	if err := build(dir, len(texts), func(i int) string { return texts[i] }); err != nil {
		return nil, err
	}
	exact := lexical.Default
	exact.ExactLengths = true
	hits, err := search(dir, exact, queries)
	return map[string]any{"documents": tokens(texts), "queries": tokens(queries), "hits": hits}, err
}

func tokens(texts []string) [][]string {
	lists := make([][]string, len(texts))
	for i, text := range texts {
		lists[i] = append([]string{}, lexical.Tokens(text)...)
	}
	return lists
}

// madeUp indexes n documents of 20 to 180 words, drawn from a million words of which the r-th is about 1/r as frequent as the first.
func madeUp(dir string, n int) (any, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := func(n int) string {
		var text strings.Builder
		for range n {
			fmt.Fprintf(&text, "w%d ", int(math.Exp(rng.Float64()*math.Log(1e6))))
		}
		return text.String()
	}
	indexing, err := cost.Of(func() error {
		return build(dir, n, func(int) string { return words(20 + rng.IntN(161)) })
	})
	if err != nil {
		return nil, err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return nil, err
	}
	size := int64(0)
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			return nil, err
		}
		size += info.Size()
	}
	queries := make([]string, 1000)
	for i := range queries {
		queries[i] = words(6)
	}
	x, err := lexical.Open(dir, lexical.Default)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	searching, err := cost.Of(func() error {
		_, err := x.Search(context.Background(), queries, depth)
		return err
	})
	return map[string]any{
		"documents": n, "peak_mib": usage.Maxrss >> 10, "index_mib": size >> 20, "index": indexing, "search": searching, "queries": len(queries),
	}, err
}
