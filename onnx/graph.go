package onnx

// graph is a list of nodes, each after those that it reads, and the tensors they read besides.
// A value is named by the node that makes it: SCOPE/OPERATOR.
type graph struct {
	inputs    []string // token ids and their kin, [batch_size, sequence_length] int64
	nodes     []node
	constants []constant
	weights   []weight
	outputs   []output
}

// node is one operator at work.
type node struct {
	op         string
	inputs     []string
	output     string
	attributes []attribute
}

// attribute is an integer, a list of them or a float32.
type attribute struct {
	name  string
	value any // int, []int or float32
}

// constant is a small tensor that is written with the graph.
type constant struct {
	name   string
	shape  []int // nil is a scalar
	ints   []int64
	floats []float32
}

// weight is a tensor of the model's file.
type weight struct {
	name       string // in the graph
	stored     string // in the file
	shape      []int  // in the file
	transposed bool   // a matrix that the graph has the other way round
}

// output is a value that the graph returns: [batch_size, hidden], or [batch_size, sequence_length, hidden].
type output struct {
	name     string
	byToken  bool
	elements int
}

// op adds a node and returns the name of its value.
func (g *graph) op(scope, op string, inputs []string, attributes ...attribute) string {
	n := node{op: op, inputs: inputs, output: scope + "/" + op, attributes: attributes}
	g.nodes = append(g.nodes, n)
	return n.output
}

// returns makes the last node's value an output under a name of its own.
func (g *graph) returns(out output) string {
	g.nodes[len(g.nodes)-1].output = out.name
	g.outputs = append(g.outputs, out)
	return out.name
}

// ints is a constant list of integers. Constants of one name are the same.
func (g *graph) ints(name string, list ...int64) string {
	return g.constant(constant{name: name, shape: []int{len(list)}, ints: list})
}

func (g *graph) whole(name string, value int64) string {
	return g.constant(constant{name: name, ints: []int64{value}})
}

func (g *graph) float(name string, value float32) string {
	return g.constant(constant{name: name, floats: []float32{value}})
}

func (g *graph) constant(c constant) string {
	for _, known := range g.constants {
		if known.name == c.name {
			return c.name
		}
	}
	g.constants = append(g.constants, c)
	return c.name
}

// weight is a tensor of the file as it is there.
func (g *graph) weight(name string, shape ...int) string {
	g.weights = append(g.weights, weight{name: name, stored: name, shape: shape})
	return name
}

// matrix is a matrix [out, in] of the file as MatMul takes it: [in, out].
func (g *graph) matrix(name string, out, in int) string {
	w := weight{name: name + ".T", stored: name, shape: []int{out, in}, transposed: true}
	g.weights = append(g.weights, w)
	return w.name
}

// elements is how many numbers a shape holds.
func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
