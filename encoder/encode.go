package encoder

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/gomlx/core/tensors"
)

// EncodeOptions say how texts are encoded. The zero value is the model's own way.
type EncodeOptions struct {
	Prompt    string // put before each text; see Model.PromptFor
	MaxLength int    // tokens a text is cut at; 0 is the model's own

	// Progress, where set, is called after each batch with the number of texts encoded so far.
	Progress func(done int)
}

// window is how many texts are sorted by length together while streaming: it
// bounds memory, and a batch's rows come from one window.
const window = 4096

// Encode returns one vector a text, in order: [texts, dimensions], float32.
func (m *Model) Encode(ctx context.Context, texts []string, opts EncodeOptions) ([][]float32, error) {
	vectors := make([][]float32, 0, len(texts))
	err := m.EncodeEach(ctx, all(texts), opts, func(vector []float32) error {
		vectors = append(vectors, slices.Clone(vector))
		return nil
	})
	return vectors, err
}

// EncodeEach streams: it calls emit with each text's vector, in order, and
// holds no more than a window of texts and vectors at a time. emit must not
// keep the vector. An error of the texts or of emit ends it.
func (m *Model) EncodeEach(ctx context.Context, texts iter.Seq2[string, error], opts EncodeOptions, emit func(vector []float32) error) error {
	if opts.MaxLength != 0 {
		if err := m.checkLength(opts.MaxLength); err != nil {
			return fmt.Errorf("%s: %w", m.Dir, err)
		}
	}
	done := 0
	flush := func(block []string) error {
		vectors, err := m.encodeWindow(ctx, block, opts, done)
		if err != nil {
			return err
		}
		for row := range block {
			if err := emit(vectors[row*m.HiddenSize:][:m.HiddenSize]); err != nil {
				return err
			}
		}
		done += len(block)
		return nil
	}
	var block []string
	for text, err := range texts {
		if err != nil {
			return err
		}
		if block = append(block, text); len(block) == window {
			if err := flush(block); err != nil {
				return err
			}
			block = block[:0]
		}
	}
	if len(block) == 0 {
		return nil
	}
	return flush(block)
}

// encodeWindow returns the vectors of a window, one after another.
func (m *Model) encodeWindow(ctx context.Context, texts []string, opts EncodeOptions, done int) ([]float32, error) {
	rows := m.TokenizeAll(texts, opts.Prompt, opts.MaxLength)
	lengths := make([]int, len(rows))
	for i, row := range rows {
		lengths[i] = len(row)
	}
	program, err := m.encodeProgram()
	if err != nil {
		return nil, err
	}
	weights, err := m.encodingWeights()
	if err != nil {
		return nil, err
	}
	vectors := make([]float32, len(texts)*m.HiddenSize)
	for _, batch := range Cut(lengths) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		input := m.Lay(batch, rows)
		out, err := program.Call1(append(asInputs(weights), input.Tensors()...)...)
		if err != nil {
			return nil, fmt.Errorf("encoding %d texts in %d bins of %d tokens: %w", batch.Rows(), batch.Capacity, batch.Length, err)
		}
		err = tensors.ConstFlatData(out, func(flat []float32) {
			batch.Each(func(row, at int) {
				copy(vectors[row*m.HiddenSize:][:m.HiddenSize], flat[at*m.HiddenSize:])
			})
		})
		if err := firstOf(err, out.FinalizeAll(), input.FinalizeAll()); err != nil {
			return nil, err
		}
		if done += batch.Rows(); opts.Progress != nil {
			opts.Progress(done)
		}
	}
	return vectors, nil
}

// TokenizeAll tokenizes texts on all cores: one row of ids a text, in order.
func (m *Model) TokenizeAll(texts []string, prompt string, maxLength int) [][]int32 {
	rows := make([][]int32, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(texts)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(texts) {
					return
				}
				rows[i] = m.Tokenize(prompt+texts[i], maxLength)
			}
		})
	}
	workers.Wait()
	return rows
}

func asInputs(weights []*tensors.Tensor) []any {
	inputs := make([]any, len(weights), len(weights)+4)
	for i, w := range weights {
		inputs[i] = w
	}
	return inputs
}

func all(texts []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, text := range texts {
			if !yield(text, nil) {
				return
			}
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
