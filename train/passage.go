package train

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
	"gonum.org/v1/gonum/mat"
)

// passage is a micro-batch between the way there and the way back.
type passage struct {
	encoder.Batch
	rows  [][]int32         // token ids of the whole batch
	input encoder.Input     // in the cached plan laid out for each way anew
	kept  []*tensors.Tensor // nil in the cached plan
}

// passages is a batch between the two ways.
type passages []passage

// free gives the device memory back; it is safe after the way back, and twice.
//
// The cached plan frees each passage before the next one starts: what little
// would lie on between two programs' gigabytes keeps the C library from joining
// what they leave, and from filling it again.
func (p passages) free() error {
	var err error
	for i := range p {
		err = errors.Join(err, p[i].free())
	}
	return err
}

func (p *passage) free() error {
	err := release(nil, p.input)
	err = release(err, finalizers(p.kept)...)
	p.input, p.kept = encoder.Input{}, nil
	return err
}

// forth encodes a batch: its vectors are [rows, hidden], queries first. The
// passages are to be freed, or taken back.
func (e *engine) forth(b *batch, keep bool) (*mat.Dense, passages, error) {
	if err := e.spread(); err != nil {
		return nil, nil, err
	}
	vectors := mat.NewDense(len(b.rows), e.model.Dimensions(), nil)
	way := make(passages, len(b.micro))
	for i, micro := range b.micro {
		way[i].Batch, way[i].rows = micro, b.rows
	}
	exec := e.encode
	if keep {
		exec = e.there
	}
	err := e.each(way, func(d *device, p *passage) error {
		p.input = e.model.Lay(p.Batch, p.rows)
		out, err := e.call(exec, d, append(inputs(d.weights), p.input.Tensors()...)...)
		if err != nil {
			return fmt.Errorf("encoding %d bins of %d tokens: %w", p.Capacity, p.Length, err)
		}
		p.kept = out[1:]
		err = tensors.ConstFlatData(out[0], func(flat []float32) {
			p.Each(func(row, at int) {
				target := vectors.RawRowView(row)
				for j := range target {
					target[j] = float64(flat[at*len(target)+j])
				}
			})
		})
		err = release(err, out[0])
		if !keep {
			err = errors.Join(err, p.free())
		}
		return err
	})
	if err != nil {
		return nil, nil, errors.Join(err, way.free())
	}
	return vectors, way, nil
}

// keeps says whether a batch's way back fits the memory budget with what is kept for it.
func (e *engine) keeps(b *batch) bool {
	var bytes int64
	for _, micro := range b.micro {
		bytes += int64(e.model.KeptBytes(micro))
	}
	return e.plan == Fused || e.plan == Auto && bytes <= e.budget
}

// takeBack adds the gradients of a batch to the first device's sums; gradient is over forth's vectors.
func (e *engine) takeBack(way passages, gradient *mat.Dense) error {
	hidden := e.model.Dimensions()
	err := e.each(way, func(d *device, p *passage) error {
		flat := make([]float32, p.Capacity*p.Segments*hidden)
		p.Each(func(row, at int) {
			for j, g := range gradient.RawRowView(row) {
				flat[at*hidden+j] = float32(g)
			}
		})
		over := tensors.FromFlatDataAndDimensions(flat, p.Capacity, p.Segments, hidden)
		args, err := e.donate(inputs(d.weights), d, d.sums)
		if err != nil {
			return err
		}
		exec := e.back
		if len(p.kept) == 0 {
			exec = e.pull
			p.input = e.model.Lay(p.Batch, p.rows)
		}
		args = append(append(args, p.input.Tensors()...), over)
		args = append(args, inputs(p.kept)...)
		if d.sums, err = e.call(exec, d, args...); err != nil {
			return fmt.Errorf("gradients of %d bins of %d tokens: %w", p.Capacity, p.Length, err)
		}
		return errors.Join(release(nil, over), p.free())
	})
	if err != nil {
		return err
	}
	return e.gather()
}
