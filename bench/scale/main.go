// Command scale writes made-up vectors as encode would and searches them. It prints one JSON object: bytes,
// seconds on the wall and on processors, and the memory that the process had of its own, mapped files left out.
//
//	scale -rows N [-store float32|float16|int8]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gradus-ir/gradus/bench/cost"
	"github.com/gradus-ir/gradus/index"
)

const (
	dim      = 384
	depth    = 100
	batch    = 1000 // queries searched for at once
	oneByOne = 50   // and one by one
)

func main() {
	rows := flag.Int("rows", 1_000_000, "vectors")
	store := flag.String("store", string(index.Float32), "what they are stored as")
	flag.Parse()
	result, err := run(*rows, index.Precision(*store))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// figures are what is printed of a folder.
type figures struct {
	Rows   int        `json:"rows"`
	Store  string     `json:"store"`
	Bytes  int64      `json:"bytes"`
	Write  cost.Spent `json:"write"`
	Open   cost.Spent `json:"open"`
	Batch  cost.Spent `json:"batch"`  // of 1,000 queries
	Single cost.Spent `json:"single"` // of one
	Memory struct {
		Written  uint64 `json:"written"` // MiB once the rows are written
		Searched uint64 `json:"searched"`
	} `json:"memory"`
}

func run(n int, store index.Precision) (f figures, err error) {
	temp, err := os.MkdirTemp("", "scale-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(temp)
	dir := filepath.Join(temp, "vectors")
	f.Rows, f.Store = n, string(store)
	r := rand.New(rand.NewPCG(1, 2))
	row := make([]float32, dim)
	random := func() []float32 {
		for d := range row {
			row[d] = float32(r.NormFloat64())
		}
		return row
	}
	f.Write, err = cost.Of(func() error {
		return index.Create(dir, index.Options{Dim: dim, Precision: store}, func(w *index.Writer) error {
			for i := range n {
				if err := w.Append(strconv.Itoa(i), random()); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return f, err
	}
	f.Memory.Written = cost.OwnMemory() >> 20
	if f.Bytes, err = cost.Disk(dir); err != nil {
		return f, err
	}
	queries := make([][]float32, batch)
	for i := range queries {
		queries[i] = append([]float32(nil), random()...)
	}
	err = f.search(dir, queries)
	f.Memory.Searched = cost.OwnMemory() >> 20
	return f, err
}

func (f *figures) search(dir string, queries [][]float32) error {
	ctx := context.Background()
	var v *index.Vectors
	var err error
	f.Open, err = cost.Of(func() (err error) {
		v, err = index.Open(dir)
		return err
	})
	if err != nil {
		return err
	}
	defer v.Close()
	for range 2 { // the first reads from disk and holds pages against their checksums
		f.Batch, err = cost.Of(func() error {
			_, err := v.TopK(ctx, queries, depth)
			return err
		})
		if err != nil {
			return err
		}
	}
	f.Single, err = cost.Of(func() error {
		for i := range oneByOne {
			if _, err := v.TopK(ctx, queries[i:i+1], depth); err != nil {
				return err
			}
		}
		return nil
	})
	f.Single.Wall /= oneByOne
	f.Single.Processor /= oneByOne
	return err
}
