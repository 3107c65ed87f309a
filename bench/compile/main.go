// Command compile measures what of an encoding is compilation: it encodes one
// batch of each shape that a collection's documents need, twice, and takes the
// difference.
//
//	go run ./bench/compile -encoder DIR -collection DIR -max-length 256
//
// It prints one JSON line: the number of shapes and the seconds they cost.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
)

func main() {
	dir := flag.String("encoder", "", "the model `folder`")
	documents := flag.String("collection", "", "the collection's `folder`")
	maxLength := flag.Int("max-length", 0, "tokens a text is cut at")
	flag.Parse()
	if err := run(context.Background(), *dir, *documents, *maxLength); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// window is the number of texts that are batched together; encoder.EncodeEach's own is the same.
const window = 4096

func run(ctx context.Context, dir, documents string, maxLength int) error {
	model, err := encoder.Load(ctx, dir, encoder.Options{MaxLength: maxLength})
	if err != nil {
		return err
	}
	texts, err := contents(documents)
	if err != nil {
		return err
	}
	type shape struct{ capacity, length, segments int }
	seen := map[shape]bool{}
	var compiling time.Duration
	for block := range slices.Chunk(texts, window) {
		rows := model.TokenizeAll(block, model.PromptFor("document"), 0)
		lengths := make([]int, len(rows))
		for i, row := range rows {
			lengths[i] = len(row)
		}
		for _, batch := range encoder.Cut(lengths) {
			s := shape{batch.Capacity, batch.Length, batch.Segments}
			if seen[s] {
				continue
			}
			seen[s] = true
			cost, err := compilation(ctx, model, textsOf(batch, block))
			if err != nil {
				return err
			}
			compiling += cost
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"shapes": len(seen), "seconds": compiling.Seconds()})
}

// compilation is what the first encoding of the texts takes longer than the second.
func compilation(ctx context.Context, model *encoder.Model, texts []string) (time.Duration, error) {
	var took [2]time.Duration
	for i := range took {
		start := time.Now()
		if _, err := model.Encode(ctx, texts, encoder.EncodeOptions{Prompt: model.PromptFor("document")}); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	return max(0, took[0]-took[1]), nil
}

// textsOf are the texts of a batch, which by themselves make a batch of its shape again.
func textsOf(batch encoder.Batch, block []string) []string {
	var texts []string
	for _, bin := range batch.Bins {
		for _, row := range bin {
			texts = append(texts, block[row])
		}
	}
	return texts
}

func contents(dir string) ([]string, error) {
	c, err := collection.Open(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for d, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		texts = append(texts, d.Content())
	}
	return texts, nil
}
