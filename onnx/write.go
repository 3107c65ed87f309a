package onnx

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/encoder/safetensors"
	"github.com/gradus-ir/gradus/internal/durable"
)

// irVersion is the version of the file format that came with the opset.
const irVersion = 8

// message is a ModelProto in the order it is written: all that is small, then
// the weights, whose bytes come from the model's file.
type message struct {
	head    []byte   // of the model, up to the graph's length; the graph is its last field
	graph   []byte   // of the graph, up to its weights
	tensors [][]byte // of each weight, up to its bytes
	weights []weight
}

// message lays the graph out. It reads no weight.
func (g *graph) message() (message, error) {
	m := message{weights: g.weights}
	var body record // GraphProto
	for _, n := range g.nodes {
		body.bytes(1, n.record())
	}
	body.text(2, "encoder")
	for _, c := range g.constants {
		body.bytes(5, c.record())
	}
	for _, name := range g.inputs {
		body.bytes(11, value(name, typeInt64, "batch_size", "sequence_length"))
	}
	for _, out := range g.outputs {
		axes := []any{"batch_size"}
		if out.byToken {
			axes = append(axes, "sequence_length")
		}
		body.bytes(12, value(out.name, typeFloat, append(axes, out.elements)...))
	}
	m.graph = body
	size := int64(len(body))
	for _, w := range g.weights {
		tensor := w.record()
		m.tensors = append(m.tensors, tensor)
		size += int64(len(tensor)) + w.size()
	}
	var head record // ModelProto
	head.number(1, irVersion)
	head.text(2, durable.Tool)
	head.text(3, durable.Version)
	var operators record // OperatorSetIdProto of the standard domain
	operators.number(2, opset)
	head.bytes(8, operators)
	head.longer(7, size)
	m.head = head
	if total := size + int64(len(head)); total > math.MaxInt32 {
		return m, fmt.Errorf("want a model of at most %d bytes, which is what an ONNX file holds, got %d", math.MaxInt32, total)
	}
	return m, nil
}

// write streams the message, a weight at a time.
func (m message) write(w io.Writer, weights *safetensors.File) error {
	out := bufio.NewWriter(w)
	out.Write(m.head)
	out.Write(m.graph)
	var block []byte
	for i, weight := range m.weights {
		data, shape, err := weights.Float32(weight.stored)
		if err != nil {
			return err
		}
		if !slices.Equal(shape, weight.shape) {
			return fmt.Errorf("tensor %s: want shape %v from config.json, got %v", weight.stored, weight.shape, shape)
		}
		if weight.transposed {
			data = transpose(data, shape[0], shape[1])
		}
		out.Write(m.tensors[i])
		for part := range slices.Chunk(data, 1<<14) {
			block = appendFloats(block[:0], part)
			if _, err := out.Write(block); err != nil {
				return err
			}
		}
	}
	return out.Flush() // which has the first error of all writes
}

// transpose makes [in, out] of [out, in].
func transpose(data []float32, out, in int) []float32 {
	turned := make([]float32, len(data))
	for i := range out {
		for j := range in {
			turned[j*out+i] = data[i*in+j]
		}
	}
	return turned
}
