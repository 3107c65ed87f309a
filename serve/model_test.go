package serve

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
)

// The real encoder gives a text the same vector in a crowd as alone: it does
// not matter whose texts a request's are batched with.
func TestVectorsOfTheRealEncoder(t *testing.T) {
	dir, err := assets.Path(t.Context(), "minilm", assets.Options{})
	check(t, err)
	model, err := encoder.Load(t.Context(), dir, encoder.Options{})
	check(t, err)
	var texts []string
	for i := range 24 {
		texts = append(texts, strings.Repeat("the boundary layer of a flat plate ", 1+i%9)+fmt.Sprint(i))
	}
	alone, err := model.Encode(t.Context(), texts, encoder.EncodeOptions{}) // XLA's threads stay: before run counts what may
	check(t, err)
	s := run(t, Options{Retrievers: []Retriever{{Name: "minilm", Encoder: model, MaxLength: model.MaxLength}}})
	var clients sync.WaitGroup
	for i, text := range texts {
		clients.Go(func() {
			var got struct {
				Data  []struct{ Embedding []float32 }
				Usage usage
			}
			answer, err := s.try(t.Context(), "/v1/embeddings", fmt.Sprintf(`{"model": "minilm", "input": %q}`, text))
			if err != nil || answer.status != 200 {
				t.Errorf("want vectors, got %d %s, %v", answer.status, answer.body, err)
				return
			}
			answer.into(t, &got)
			for d, x := range got.Data[0].Embedding {
				if math.Abs(float64(x-alone[i][d])) > 1e-5 {
					t.Errorf("text %d: want %v in dimension %d, got %v", i, alone[i][d], d, x)
					break
				}
			}
			if want := len(model.Tokenize(text, 0)); got.Usage.TotalTokens != want {
				t.Errorf("text %d: want %d tokens, got %d", i, want, got.Usage.TotalTokens)
			}
		})
	}
	clients.Wait()
}
