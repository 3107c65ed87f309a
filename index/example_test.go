package index_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/index"
)

func Example() {
	temp, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(temp)
	dir := filepath.Join(temp, "vectors")
	err = index.Create(dir, index.Options{Dim: 2}, func(w *index.Writer) error {
		for _, d := range []struct {
			id     string
			vector []float32
		}{{"east", []float32{2, 0}}, {"north", []float32{0, 1}}, {"north-east", []float32{1, 1}}} {
			if err := w.Append(d.id, d.vector); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	vectors, err := index.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer vectors.Close()
	best, err := vectors.TopK(context.Background(), [][]float32{{1, 0.1}}, 2)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range best[0] {
		fmt.Printf("%s %.3f\n", d.DocID, d.Score)
	}
	// Output:
	// east 0.995
	// north-east 0.774
}
