// Command search is our side of the comparison in this folder. It prints one JSON object.
//
//	search -rows FILE -queries FILE -folder DIR [-plain] -out FILE    times of searches; the rows found go to FILE
//	search -made-up N                                                 seconds, bytes and memory of N made-up rows, written and searched
//
// FILE has float32 numbers, little-endian; the folder is made where it is not there.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

const (
	dim   = 384
	depth = 100
	alone = 200 // queries searched for one at a time
)

type options struct {
	rows, queries, folder, out, precision string
	plain                                 bool
}

func main() {
	var opts options
	flag.StringVar(&opts.rows, "rows", "", "the `FILE` of rows")
	flag.StringVar(&opts.queries, "queries", "", "the `FILE` of queries")
	flag.StringVar(&opts.folder, "folder", "", "the vectors `DIR`")
	flag.StringVar(&opts.out, "out", "", "the `FILE` for the rows found, int64")
	flag.StringVar(&opts.precision, "store", string(index.Float32), "what the rows are stored as")
	flag.BoolVar(&opts.plain, "plain", false, "store no codes")
	madeUp := flag.Int("made-up", 0, "write and search so many made-up rows")
	flag.Parse()
	result, err := run(opts, *madeUp)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(opts options, madeUp int) (any, error) {
	if madeUp > 0 {
		return writeAndSearch(madeUp, opts)
	}
	queries, err := read(opts.queries)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(opts.folder); err != nil {
		rows, err := read(opts.rows)
		if err != nil {
			return nil, err
		}
		if err := write(opts, len(rows), func(i int) []float32 { return rows[i] }); err != nil {
			return nil, err
		}
	}
	v, err := index.Open(opts.folder)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	found, times, err := search(v, queries)
	if err != nil {
		return nil, err
	}
	return times, writeFound(opts.out, found)
}

func write(opts options, n int, row func(i int) []float32) error {
	as := index.Options{Dim: dim, Similarity: index.Dot, Precision: index.Precision(opts.precision), Plain: opts.plain}
	return index.Create(opts.folder, as, func(w *index.Writer) error {
		for i := range n {
			if err := w.Append(strconv.Itoa(i), row(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// times are seconds, of all queries at once and of one by itself, each the second time.
type times struct {
	Batch  float64 `json:"batch"`
	Single float64 `json:"single"` // the median
}

func search(v *index.Vectors, queries [][]float32) ([][]trec.Scored, times, error) {
	ctx := context.Background()
	if _, err := v.TopK(ctx, queries[:1], depth); err != nil {
		return nil, times{}, err
	}
	var t times
	var found [][]trec.Scored
	for range 2 {
		start := time.Now()
		var err error
		if found, err = v.TopK(ctx, queries, depth); err != nil {
			return nil, times{}, err
		}
		t.Batch = time.Since(start).Seconds()
	}
	var singles []float64
	for i := range min(alone, len(queries)) {
		start := time.Now()
		if _, err := v.TopK(ctx, queries[i:i+1], depth); err != nil {
			return nil, times{}, err
		}
		singles = append(singles, time.Since(start).Seconds())
	}
	slices.Sort(singles)
	t.Single = singles[len(singles)/2]
	return found, t, nil
}

func read(path string) ([][]float32, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, len(text)/4/dim)
	for i := range rows {
		rows[i] = make([]float32, dim)
		for d := range rows[i] {
			rows[i][d] = math.Float32frombits(binary.LittleEndian.Uint32(text[4*(i*dim+d):]))
		}
	}
	return rows, nil
}

func writeFound(path string, found [][]trec.Scored) error {
	var text []byte
	for _, ranking := range found {
		for _, doc := range ranking {
			row, err := strconv.Atoi(doc.DocID)
			if err != nil {
				return err
			}
			text = binary.LittleEndian.AppendUint64(text, uint64(row))
		}
	}
	return os.WriteFile(path, text, 0o666)
}

// writeAndSearch streams n made-up rows into a folder and searches it.
func writeAndSearch(n int, opts options) (any, error) {
	temp, err := os.MkdirTemp("", "search-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	opts.folder = filepath.Join(temp, "vectors")
	r := rand.New(rand.NewPCG(1, 2))
	row := make([]float32, dim)
	random := func(int) []float32 {
		for d := range row {
			row[d] = float32(r.NormFloat64()) / 20
		}
		return row
	}
	start := time.Now()
	if err := write(opts, n, random); err != nil {
		return nil, err
	}
	writing := time.Since(start).Seconds()
	written, err := memory()
	if err != nil {
		return nil, err
	}
	size := int64(0)
	err = filepath.WalkDir(opts.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		size += info.Size()
		return err
	})
	if err != nil {
		return nil, err
	}
	start = time.Now()
	v, err := index.Open(opts.folder)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	opening := time.Since(start).Seconds()
	queries := make([][]float32, 1000)
	for i := range queries {
		queries[i] = slices.Clone(random(i))
	}
	_, t, err := search(v, queries)
	if err != nil {
		return nil, err
	}
	searched, err := memory()
	return map[string]any{
		"rows": n, "write_s": writing, "folder_mib": size >> 20, "open_s": opening, "batch_s": t.Batch, "single_s": t.Single,
		"memory_mib_written": written, "memory_mib_searched": searched,
	}, err
}

// memory is what the process holds, in MiB: its own, and pages of files, which the system takes back when it wants them.
func memory() (map[string]int, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	held := make(map[string]int)
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return held, nil
		}
		if err != nil {
			return nil, err
		}
		name, value, _ := strings.Cut(line, ":")
		if fields := strings.Fields(value); slices.Contains([]string{"RssAnon", "RssFile", "VmHWM"}, name) {
			kib, err := strconv.Atoi(fields[0])
			if err != nil {
				return nil, err
			}
			held[name] = kib >> 10
		}
	}
}
