package onnx

import (
	"math"
	"slices"
	"testing"
)

// array is a tensor of a run, integers and all as float64, row-major.
type array struct {
	shape []int
	data  []float64
}

func newArray(shape ...int) array { return array{shape, make([]float64, elements(shape))} }

// at is a place's offset; a dimension of 1 is repeated, as is one that is missing in front.
func (a array) at(index []int) int {
	offset := 0
	for i, d := range a.shape {
		if j := index[len(index)-len(a.shape)+i]; d > 1 {
			offset = offset*d + j
		} else {
			offset *= d
		}
	}
	return offset
}

// fill makes an array of what each place of it has.
func fill(shape []int, of func(index []int) float64) array {
	a, index := newArray(shape...), make([]int, len(shape))
	for i := range a.data {
		rest := i
		for axis := len(shape) - 1; axis >= 0; axis-- {
			index[axis], rest = rest%shape[axis], rest/shape[axis]
		}
		a.data[i] = of(index)
	}
	return a
}

// each joins two arrays place by place, the smaller one repeated.
func each(a, b array, join func(x, y float64) float64) array {
	shape := slices.Clone(a.shape)
	if len(b.shape) > len(shape) {
		shape = slices.Clone(b.shape)
	}
	for _, other := range []array{a, b} {
		for i, d := range other.shape {
			j := len(shape) - len(other.shape) + i
			shape[j] = max(shape[j], d)
		}
	}
	return fill(shape, func(index []int) float64 { return join(a.data[a.at(index)], b.data[b.at(index)]) })
}

func (a array) mapped(f func(float64) float64) array {
	return fill(a.shape, func(index []int) float64 { return f(a.data[a.at(index)]) })
}

// reduced sums f over one axis, which stays with size 1.
func (a array) reduced(axis int, f func(float64) float64) array {
	axis = (axis + len(a.shape)) % len(a.shape)
	shape := slices.Clone(a.shape)
	shape[axis] = 1
	return fill(shape, func(index []int) float64 {
		place, sum := slices.Clone(index), 0.0
		for place[axis] = range a.shape[axis] {
			sum += f(a.data[a.at(place)])
		}
		return sum
	})
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func same(x float64) float64     { return x }
func square(x float64) float64   { return x * x }
func sub(x, y float64) float64   { return x - y }
func times(x, y float64) float64 { return x * y }
func over(x, y float64) float64  { return x / y }
func plus(x, y float64) float64  { return x + y }

// operators are those that the writer uses, by ONNX's definitions for the opset.
// Source: onnx/docs/Operators.md, github.com/onnx/onnx.
var operators = map[string]func(n readNode, in []array) array{
	"Add":  func(_ readNode, in []array) array { return each(in[0], in[1], plus) },
	"Sub":  func(_ readNode, in []array) array { return each(in[0], in[1], sub) },
	"Mul":  func(_ readNode, in []array) array { return each(in[0], in[1], times) },
	"Div":  func(_ readNode, in []array) array { return each(in[0], in[1], over) },
	"Max":  func(_ readNode, in []array) array { return each(in[0], in[1], math.Max) },
	"Erf":  func(_ readNode, in []array) array { return in[0].mapped(math.Erf) },
	"Tanh": func(_ readNode, in []array) array { return in[0].mapped(math.Tanh) },
	"Relu": func(_ readNode, in []array) array { return in[0].mapped(func(x float64) float64 { return max(x, 0) }) },
	"Cast": func(_ readNode, in []array) array { return in[0] },
	"Equal": func(_ readNode, in []array) array {
		return each(in[0], in[1], func(x, y float64) float64 { return truth(x == y) })
	},
	"Not": func(_ readNode, in []array) array {
		return in[0].mapped(func(x float64) float64 { return truth(x == 0) })
	},
	"ReduceSum": func(_ readNode, in []array) array { return in[0].reduced(int(in[1].data[0]), same) },
	"ReduceL2": func(_ readNode, in []array) array {
		return in[0].reduced(int(in[1].data[0]), square).mapped(math.Sqrt)
	},
	"Shape": func(n readNode, in []array) array {
		a := newArray(0)
		for _, d := range in[0].shape[n.numbers["start"][0]:n.numbers["end"][0]] {
			a.shape[0], a.data = a.shape[0]+1, append(a.data, float64(d))
		}
		return a
	},
	"CumSum": func(_ readNode, in []array) array { // along the second of two axes
		out := newArray(in[0].shape...)
		for i, sum := 0, 0.0; i < len(out.data); i++ {
			if i%out.shape[1] == 0 {
				sum = 0
			}
			sum += in[0].data[i]
			out.data[i] = sum
		}
		return out
	},
	"Slice": func(_ readNode, in []array) array { // of the first axis
		start, end, row := int(in[1].data[0]), int(in[2].data[0]), elements(in[0].shape[1:])
		return array{append([]int{end - start}, in[0].shape[1:]...), in[0].data[start*row : end*row]}
	},
	"Gather": func(n readNode, in []array) array {
		axis := 0
		if given := n.numbers["axis"]; given != nil {
			axis = given[0]
		}
		shape := slices.Concat(in[0].shape[:axis], in[1].shape, in[0].shape[axis+1:])
		return fill(shape, func(index []int) float64 {
			row := in[1].data[in[1].at(index[axis:axis+len(in[1].shape)])]
			return in[0].data[in[0].at(slices.Concat(index[:axis], []int{int(row)}, index[axis+len(in[1].shape):]))]
		})
	},
	"Unsqueeze": func(_ readNode, in []array) array {
		shape := slices.Clone(in[0].shape)
		for _, axis := range in[1].data {
			at := (int(axis) + len(shape) + 1) % (len(shape) + 1)
			shape = slices.Insert(shape, at, 1)
		}
		return array{shape, in[0].data}
	},
	"Squeeze": func(_ readNode, in []array) array {
		at := int(in[1].data[0])
		return array{slices.Delete(slices.Clone(in[0].shape), at, at+1), in[0].data}
	},
	"Reshape": func(_ readNode, in []array) array {
		var shape []int
		for i, d := range in[1].data {
			if d == 0 {
				d = float64(in[0].shape[i])
			}
			shape = append(shape, int(d))
		}
		return array{shape, in[0].data}
	},
	"Transpose": func(n readNode, in []array) array {
		perm := n.numbers["perm"]
		var shape []int
		for _, axis := range perm {
			shape = append(shape, in[0].shape[axis])
		}
		return fill(shape, func(index []int) float64 {
			place := make([]int, len(index))
			for i, axis := range perm {
				place[axis] = index[i]
			}
			return in[0].data[in[0].at(place)]
		})
	},
	"MatMul": func(_ readNode, in []array) array {
		a, b := in[0], in[1]
		last := len(a.shape) - 1
		shape := slices.Clone(a.shape)
		shape[last] = b.shape[len(b.shape)-1]
		return fill(shape, func(index []int) float64 {
			left, right, sum := slices.Clone(index), slices.Clone(index), 0.0
			for k := range a.shape[last] {
				left[last], right[last-1] = k, k
				sum += a.data[a.at(left)] * b.data[b.at(right)]
			}
			return sum
		})
	},
	"Softmax": func(_ readNode, in []array) array {
		exp := in[0].mapped(math.Exp) // of the small scores of a test
		return each(exp, exp.reduced(-1, same), over)
	},
	"LayerNormalization": func(n readNode, in []array) array {
		size := float64(in[0].shape[len(in[0].shape)-1])
		centred := each(in[0], in[0].reduced(-1, same), func(x, sum float64) float64 { return x - sum/size })
		unit := each(centred, centred.reduced(-1, square), func(x, sum float64) float64 { return x / math.Sqrt(sum/size+n.epsilon) })
		return each(each(unit, in[1], times), in[2], plus)
	},
}

// run runs a model's nodes one after another over inputs by name, and returns all values.
func (m model) run(t *testing.T, inputs map[string]array) map[string]array {
	t.Helper()
	values := inputs
	for name, tensor := range m.tensors {
		values[name] = tensor
	}
	for _, n := range m.nodes {
		var in []array
		for _, name := range n.inputs {
			value, ok := values[name]
			if !ok {
				t.Fatalf("%s: want its input %s made before it", n.output, name)
			}
			in = append(in, value)
		}
		values[n.output] = operators[n.op](n, in)
	}
	return values
}
