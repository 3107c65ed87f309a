package train

import (
	"fmt"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// device is what lies on one device. A step's micro-batches are dealt out to
// the devices and run side by side; the loss is taken over all of them, so that
// documents of all devices are in every query's list. The first device holds
// the model's own weights and the optimizer's state.
type device struct {
	number  compute.DeviceNum
	weights []*tensors.Tensor
	sums    []*tensors.Tensor // gradients of the step so far
}

// openDevices prepares the devices of a run.
func (e *engine) openDevices(count int) error {
	if has := int(e.backend.NumDevices()); count > has {
		return fmt.Errorf("train: want at most the %d devices there are, got %d", has, count)
	}
	for number := range count {
		d := &device{number: compute.DeviceNum(number)}
		for _, w := range e.model.WeightList() {
			zeros := tensors.FromFlatDataAndDimensions(make([]float32, sizeOf(w.Shape)), w.Shape...)
			d.sums = append(d.sums, zeros)
		}
		e.devices = append(e.devices, d)
	}
	return nil
}

// spread sees to it that every device has the model's weights.
func (e *engine) spread() error {
	weights := e.model.WeightTensors()
	if slices.Equal(e.devices[0].weights, weights) {
		return nil
	}
	e.devices[0].weights = weights
	for _, d := range e.devices[1:] {
		if err := release(nil, finalizers(d.weights)...); err != nil {
			return err
		}
		d.weights = make([]*tensors.Tensor, len(weights))
		for i, w := range weights {
			var err error
			if d.weights[i], err = w.OnDeviceClone(e.backend, d.number); err != nil {
				return fmt.Errorf("copying the weights to device %d: %w", d.number, err)
			}
		}
	}
	return nil
}

// each deals passages out: work is called for each with its device, one after
// another on a device, all devices at once. It returns the first error.
func (e *engine) each(way passages, work func(d *device, p *passage) error) error {
	errs := make([]error, len(e.devices))
	var running sync.WaitGroup
	for k, d := range e.devices {
		running.Go(func() {
			for i := k; i < len(way) && errs[k] == nil; i += len(e.devices) {
				errs[k] = work(d, &way[i])
			}
		})
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// gather adds the sums of the other devices to the first one's, and clears them.
func (e *engine) gather() error {
	first := e.devices[0]
	for _, d := range e.devices[1:] {
		var args []any
		var err error
		if args, err = e.donate(args, first, first.sums); err != nil {
			return err
		}
		var copies []*tensors.Tensor
		for _, s := range d.sums {
			here, err := s.OnDeviceClone(e.backend, first.number)
			if err != nil {
				return fmt.Errorf("copying gradients from device %d: %w", d.number, err)
			}
			copies = append(copies, here)
		}
		if first.sums, err = e.call(e.add, first, append(args, inputs(copies)...)...); err != nil {
			return err
		}
		if err := release(nil, finalizers(copies)...); err != nil {
			return err
		}
		if args, err = e.donate(nil, d, d.sums); err != nil {
			return err
		}
		if d.sums, err = e.call(e.clear, d, args...); err != nil {
			return err
		}
	}
	return nil
}

// call runs a program on a device.
func (e *engine) call(program *Exec, d *device, args ...any) ([]*tensors.Tensor, error) {
	out, _, err := program.CallWithGraphOnDevice(d.number, args...)
	return out, err
}

// donate appends the tensors' buffers, which the program may write into; the tensors are gone afterwards.
func (e *engine) donate(args []any, d *device, list []*tensors.Tensor) ([]any, error) {
	for _, t := range list {
		buffer, err := DonateTensorBuffer(t, e.backend, d.number)
		if err != nil {
			return nil, err
		}
		args = append(args, buffer)
	}
	return args, nil
}

// addGraph adds the second half of the inputs to the first, one by one.
func addGraph(in []*Node) []*Node {
	half := len(in) / 2
	out := make([]*Node, half)
	for i := range out {
		out[i] = Add(in[i], in[half+i])
	}
	return out
}

func clearGraph(in []*Node) []*Node {
	out := make([]*Node, len(in))
	for i, x := range in {
		out[i] = ZerosLike(x)
	}
	return out
}
