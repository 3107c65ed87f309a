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
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

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
	Rows   int    `json:"rows"`
	Store  string `json:"store"`
	Bytes  int64  `json:"bytes"`
	Write  spent  `json:"write"`
	Open   spent  `json:"open"`
	Batch  spent  `json:"batch"`  // of 1,000 queries
	Single spent  `json:"single"` // of one
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
	f.Write, err = timed(func() error {
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
	f.Memory.Written = own()
	if f.Bytes, err = size(dir); err != nil {
		return f, err
	}
	queries := make([][]float32, batch)
	for i := range queries {
		queries[i] = append([]float32(nil), random()...)
	}
	err = f.search(dir, queries)
	f.Memory.Searched = own()
	return f, err
}

func (f *figures) search(dir string, queries [][]float32) error {
	ctx := context.Background()
	var v *index.Vectors
	var err error
	f.Open, err = timed(func() (err error) {
		v, err = index.Open(dir)
		return err
	})
	if err != nil {
		return err
	}
	defer v.Close()
	for range 2 { // the first reads from disk and holds pages against their checksums
		f.Batch, err = timed(func() error {
			_, err := v.TopK(ctx, queries, depth)
			return err
		})
		if err != nil {
			return err
		}
	}
	f.Single, err = timed(func() error {
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

// spent is what a piece of work took, in seconds.
type spent struct {
	Wall      float64 `json:"wall"`
	Processor float64 `json:"processor"`
}

func timed(work func() error) (spent, error) {
	before, err := processor()
	if err != nil {
		return spent{}, err
	}
	start := time.Now()
	if err := work(); err != nil {
		return spent{}, err
	}
	wall := time.Since(start)
	after, err := processor()
	return spent{wall.Seconds(), (after - before).Seconds()}, err
}

// processor is the time that this process has had on processors.
func processor() (time.Duration, error) {
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), err
}

// own is the memory that Go has asked of the system at most, in MiB.
func own() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys >> 20
}

func size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		bytes += info.Size()
		return err
	})
	return bytes, err
}
