package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields is a protobuf message by its fields' numbers, knowing nothing of what
// they mean: uint64 of varints, uint32 of fixed ones, []byte of the others.
type fields map[protowire.Number][]any

func parse(t testing.TB, data []byte) fields {
	t.Helper()
	f := fields{}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
		var value any
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			value, n = protowire.ConsumeFixed32(data)
		default:
			value, n = protowire.ConsumeBytes(data)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f[number] = append(f[number], value)
		data = data[n:]
	}
	return f
}

func (f fields) text(number protowire.Number) string {
	if len(f[number]) == 0 {
		return ""
	}
	return string(f[number][0].([]byte))
}

func (f fields) texts(number protowire.Number) []string {
	var list []string
	for _, value := range f[number] {
		list = append(list, string(value.([]byte)))
	}
	return list
}

func (f fields) numbers(number protowire.Number) []int {
	var list []int
	for _, value := range f[number] {
		list = append(list, int(value.(uint64)))
	}
	return list
}

func (f fields) each(t testing.TB, number protowire.Number, do func(fields)) {
	t.Helper()
	for _, value := range f[number] {
		do(parse(t, value.([]byte)))
	}
}

// model is a file as it is read back.
type model struct {
	ir, opset       int
	nodes           []readNode
	tensors         map[string]array
	inputs, outputs []string // NAME TYPE [AXES]
}

type readNode struct {
	op, output string
	inputs     []string
	numbers    map[string][]int
	epsilon    float64
}

// readModel reads a file by onnx.proto's numbers.
func readModel(t testing.TB, data []byte) model {
	t.Helper()
	top := parse(t, data)
	m := model{ir: top.numbers(1)[0], tensors: map[string]array{}}
	top.each(t, 8, func(f fields) { m.opset = f.numbers(2)[0] })
	graph := parse(t, top[7][0].([]byte))
	graph.each(t, 1, func(f fields) {
		n := readNode{op: f.text(4), output: f.text(2), inputs: f.texts(1), numbers: map[string][]int{}}
		f.each(t, 5, func(a fields) {
			n.numbers[a.text(1)] = append(a.numbers(3), a.numbers(8)...)
			if len(a[2]) > 0 {
				n.epsilon = float64(math.Float32frombits(a[2][0].(uint32)))
			}
		})
		m.nodes = append(m.nodes, n)
	})
	graph.each(t, 5, func(f fields) { m.tensors[f.text(8)] = readTensor(t, f) })
	graph.each(t, 11, func(f fields) { m.inputs = append(m.inputs, readValue(t, f)) })
	graph.each(t, 12, func(f fields) { m.outputs = append(m.outputs, readValue(t, f)) })
	return m
}

func readTensor(t testing.TB, f fields) array {
	t.Helper()
	a, raw := array{shape: f.numbers(1)}, f[9][0].([]byte)
	switch f.numbers(2)[0] {
	case 1:
		for ; len(raw) > 0; raw = raw[4:] {
			a.data = append(a.data, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		}
	case 7:
		for ; len(raw) > 0; raw = raw[8:] {
			a.data = append(a.data, float64(int64(binary.LittleEndian.Uint64(raw))))
		}
	}
	if len(a.data) != elements(a.shape) {
		t.Fatalf("tensor %s: want %d elements of shape %v, got %d", f.text(8), elements(a.shape), a.shape, len(a.data))
	}
	return a
}

func readValue(t testing.TB, f fields) string {
	t.Helper()
	kind := parse(t, parse(t, f[2][0].([]byte))[1][0].([]byte))
	text := f.text(1) + " " + map[int]string{1: "float", 7: "int64"}[kind.numbers(1)[0]]
	parse(t, kind[2][0].([]byte)).each(t, 1, func(d fields) {
		if len(d[1]) > 0 {
			text += fmt.Sprint(" ", d.numbers(1)[0])
		} else {
			text += " " + d.text(2)
		}
	})
	return text
}
