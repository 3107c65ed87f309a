// Command ann is our side of the comparison in this folder. It prints a JSON line a figure.
//
//	ann -make N -vectors DIR -queries DIR                      vectors and queries to search
//	ann -build -vectors DIR -queries DIR -truth FILE -out DIR  each query's nearest rows by exact search, and an index
//	ann -vectors DIR -queries DIR -out DIR                     one pass of exact and approximate searches
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/gradus-ir/gradus/bench/cost"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/trec"
)

const (
	k     = 100
	alone = 200 // queries searched for one at a time
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ann:", err)
		os.Exit(1)
	}
}

func run() error {
	rows := flag.Int("make", 0, "make vectors and queries of so many rows")
	dim := flag.Int("dim", 384, "dimensions of the vectors to make")
	build := flag.Bool("build", false, "write the truth and build the index")
	vectors := flag.String("vectors", "", "the vectors `DIR`")
	queries := flag.String("queries", "", "the `DIR` of the queries' vectors")
	truth := flag.String("truth", "", "the `FILE` of each query's nearest rows")
	out := flag.String("out", "", "the index `DIR`")
	flag.Parse()
	if *rows > 0 {
		return makeVectors(*vectors, *queries, *rows, *dim)
	}
	v, err := index.Open(*vectors)
	if err != nil {
		return err
	}
	defer v.Close()
	asked, err := readQueries(*queries)
	if err != nil {
		return err
	}
	if *build {
		return prepare(v, asked, *vectors, *truth, *out)
	}
	return measure(v, asked, *out)
}

func prepare(v *index.Vectors, asked [][]float32, vectors, truth, out string) error {
	ctx := context.Background()
	exact, err := v.TopK(ctx, asked, k)
	if err != nil {
		return err
	}
	if err := writeTruth(truth, v, exact); err != nil {
		return err
	}
	began, used := time.Now(), cost.Processor()
	if err := ivf.Build(ctx, out, []string{vectors}, ivf.Options{}); err != nil {
		return err
	}
	took := map[string]any{"build": time.Since(began).Seconds(), "processor": cost.Processor() - used, "memory": cost.OwnMemory()}
	if took["bytes"], err = cost.Disk(out); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}

// figure is a line of the table; times are seconds a query, on the wall and on processors.
type figure struct {
	What   string  `json:"what"`
	Recall float64 `json:"recall"`
	Batch  float64 `json:"batch"` // all at once on all cores
	Used   float64 `json:"batch_processor"`
	Single float64 `json:"single"` // one after another
	Alone  float64 `json:"single_processor"`
}

func measure(v *index.Vectors, asked [][]float32, dir string) error {
	ctx := context.Background()
	x, err := ivf.Open(dir)
	if err != nil {
		return err
	}
	defer x.Close()
	exact, err := v.TopK(ctx, asked, k)
	if err != nil {
		return err
	}
	searches := map[string]func([][]float32) ([][]trec.Scored, error){
		"exact": func(some [][]float32) ([][]trec.Scored, error) { return v.TopK(ctx, some, k) },
	}
	order := []string{"exact"}
	for _, rescore := range []int{0, 800, 1600} {
		name := fmt.Sprintf("rescore %d", rescore)
		if rescore == 0 {
			name = "default"
		}
		order = append(order, name)
		searches[name] = func(some [][]float32) ([][]trec.Scored, error) {
			return x.TopK(ctx, some, k, ivf.Effort{Rescore: rescore})
		}
	}
	for _, name := range order {
		f, err := speed(name, asked, exact, searches[name])
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// speed measures the second pass of a search: the first reads from disk and holds pages against their checksums.
func speed(what string, queries [][]float32, truth [][]trec.Scored, search func([][]float32) ([][]trec.Scored, error)) (figure, error) {
	f := figure{What: what}
	for range 2 {
		began, used := time.Now(), cost.Processor()
		got, err := search(queries)
		if err != nil {
			return figure{}, err
		}
		n := float64(len(queries))
		f.Batch, f.Used = time.Since(began).Seconds()/n, (cost.Processor()-used)/n
		f.Recall = recall(truth, got)
	}
	some := queries[:min(len(queries), alone)]
	began, used := time.Now(), cost.Processor()
	for i := range some {
		if _, err := search(some[i : i+1]); err != nil {
			return figure{}, err
		}
	}
	n := float64(len(some))
	f.Single, f.Alone = time.Since(began).Seconds()/n, (cost.Processor()-used)/n
	return f, nil
}

func recall(want, got [][]trec.Scored) float64 {
	found, all := 0, 0
	for i := range want {
		there := make(map[string]bool, len(got[i]))
		for _, doc := range got[i] {
			there[doc.DocID] = true
		}
		for _, doc := range want[i] {
			all++
			if there[doc.DocID] {
				found++
			}
		}
	}
	return float64(found) / float64(all)
}

func readQueries(dir string) ([][]float32, error) {
	v, err := index.Open(dir)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	var queries [][]float32
	for row := range v.Len() {
		queries = append(queries, append([]float32(nil), v.Row(row)...))
	}
	return queries, nil
}

// writeTruth writes the numbers of the nearest rows, a query a line.
func writeTruth(path string, v *index.Vectors, exact [][]trec.Scored) error {
	rows := make(map[string]int, v.Len())
	for row := range v.Len() {
		rows[v.ID(row)] = row
	}
	var text []byte
	for _, ranking := range exact {
		for i, doc := range ranking {
			if i > 0 {
				text = append(text, ' ')
			}
			text = strconv.AppendInt(text, int64(rows[doc.DocID]), 10)
		}
		text = append(text, '\n')
	}
	return os.WriteFile(path, text, 0o666)
}
