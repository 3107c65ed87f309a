// Ann makes vectors to search, and measures exact and approximate search among
// them; bench/ann/run puts its figures beside those of hnswlib and FAISS.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/trec"
)

const k = 100

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ann:", err)
		os.Exit(1)
	}
}

func run() error {
	rows := flag.Int("make", 0, "make vectors and queries of so many rows, and measure nothing")
	dim := flag.Int("dim", 384, "dimensions of the vectors to make")
	vectors := flag.String("vectors", "", "the vectors folder")
	queries := flag.String("queries", "", "the folder of the queries' vectors")
	truth := flag.String("truth", "", "the file to write each query's nearest rows to, by exact search")
	out := flag.String("out", "", "the index to make")
	flag.Parse()
	if *rows > 0 {
		return makeVectors(*vectors, *queries, *rows, *dim)
	}
	return measure(*vectors, *queries, *truth, *out)
}

// figure is a line of the table.
type figure struct {
	What    string  `json:"what"`
	Recall  float64 `json:"recall"`
	Batched float64 `json:"batched"` // queries a second, all at once on all cores
	Single  float64 `json:"single"`  // queries a second, one after another
}

func measure(vectors, queries, truth, dir string) error {
	v, err := index.Open(vectors)
	if err != nil {
		return err
	}
	defer v.Close()
	asked, err := readQueries(queries)
	if err != nil {
		return err
	}
	ctx := context.Background()
	print := json.NewEncoder(os.Stdout).Encode
	exact, err := v.TopK(ctx, asked, k)
	if err != nil {
		return err
	}
	if err := writeTruth(truth, v, exact); err != nil {
		return err
	}
	f, err := speed("exact", asked, exact, func(some [][]float32) ([][]trec.Scored, error) { return v.TopK(ctx, some, k) })
	if err != nil {
		return err
	}
	if err := print(f); err != nil {
		return err
	}
	began := time.Now()
	if err := ivf.Build(ctx, dir, []string{vectors}, ivf.Options{}); err != nil {
		return err
	}
	size, err := bytesOf(dir)
	if err != nil {
		return err
	}
	if err := print(map[string]any{"build": time.Since(began).Seconds(), "bytes": size, "peak": peakMemory()}); err != nil {
		return err
	}
	x, err := ivf.Open(dir)
	if err != nil {
		return err
	}
	defer x.Close()
	for _, effort := range efforts(x.Lists()) {
		name := fmt.Sprintf("probe %d of %d, rescore %d", effort.Probe, x.Lists(), effort.Rescore)
		if effort == (ivf.Effort{}) {
			name = "default"
		}
		f, err := speed(name, asked, exact, func(some [][]float32) ([][]trec.Scored, error) { return x.TopK(ctx, some, k, effort) })
		if err != nil {
			return err
		}
		if err := print(f); err != nil {
			return err
		}
	}
	return nil
}

func efforts(lists int) []ivf.Effort {
	all := []ivf.Effort{{}}
	for _, share := range []int{100, 50, 30, 20, 12, 8} {
		for _, rescore := range []int{200, 400, 800} {
			all = append(all, ivf.Effort{Probe: max(1, lists/share), Rescore: rescore})
		}
	}
	return all
}

// speed measures a search: the fastest of three passes.
func speed(what string, queries [][]float32, truth [][]trec.Scored, search func([][]float32) ([][]trec.Scored, error)) (figure, error) {
	f := figure{What: what}
	for range 3 {
		began := time.Now()
		got, err := search(queries)
		if err != nil {
			return figure{}, err
		}
		f.Batched = max(f.Batched, float64(len(queries))/time.Since(began).Seconds())
		f.Recall = recall(truth, got)
		some := queries[:min(len(queries), 200)]
		began = time.Now()
		for i := range some {
			if _, err := search(some[i : i+1]); err != nil {
				return figure{}, err
			}
		}
		f.Single = max(f.Single, float64(len(some))/time.Since(began).Seconds())
	}
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

func bytesOf(dir string) (size int64, err error) {
	err = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// peakMemory is what Go took from the system, in bytes, mapped files left out.
func peakMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}
