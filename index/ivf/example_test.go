package ivf_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/index/ivf"
)

// An index of 360 directions, of which a search looks into a few lists.
func Example() {
	temp, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(temp)
	vectors, dir := filepath.Join(temp, "vectors"), filepath.Join(temp, "index")
	err = index.Create(vectors, index.Options{Dim: 2}, func(w *index.Writer) error {
		for degree := range 360 {
			sin, cos := math.Sincos(float64(degree) * math.Pi / 180)
			if err := w.Append(fmt.Sprint(degree), []float32{float32(cos), float32(sin)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := ivf.Build(ctx, dir, []string{vectors}, ivf.Options{Lists: 12}); err != nil {
		log.Fatal(err)
	}
	x, err := ivf.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	best, err := x.TopK(ctx, [][]float32{{1, 1}}, 1, ivf.Effort{Probe: 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Len(), x.Lists(), best[0][0].DocID)
	// Output: 360 12 45
}
