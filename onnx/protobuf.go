package onnx

import (
	"encoding/binary"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of onnx.proto's TensorProto.DataType and AttributeProto.AttributeType.
const (
	typeFloat = 1
	typeInt64 = 7

	attributeFloat = 1
	attributeInt   = 2
	attributeInts  = 7
)

// record is a protobuf message in the making. Its fields are onnx.proto's, by number.
// Source: onnx/onnx.proto, github.com/onnx/onnx.
type record []byte

func (r *record) number(field protowire.Number, value int64) {
	*r = protowire.AppendVarint(protowire.AppendTag(*r, field, protowire.VarintType), uint64(value))
}

func (r *record) text(field protowire.Number, value string) { r.bytes(field, []byte(value)) }

func (r *record) bytes(field protowire.Number, value []byte) {
	*r = protowire.AppendBytes(protowire.AppendTag(*r, field, protowire.BytesType), value)
}

// longer begins a field of bytes that are written after the record.
func (r *record) longer(field protowire.Number, size int64) {
	*r = protowire.AppendVarint(protowire.AppendTag(*r, field, protowire.BytesType), uint64(size))
}

// record is a NodeProto.
func (n node) record() []byte {
	var r record
	for _, name := range n.inputs {
		r.text(1, name)
	}
	r.text(2, n.output)
	r.text(3, n.output) // its name
	r.text(4, n.op)
	for _, a := range n.attributes {
		r.bytes(5, a.record())
	}
	return r
}

// record is an AttributeProto.
func (a attribute) record() []byte {
	var r record
	r.text(1, a.name)
	switch v := a.value.(type) {
	case float32:
		r = protowire.AppendFixed32(protowire.AppendTag(r, 2, protowire.Fixed32Type), math.Float32bits(v))
		r.number(20, attributeFloat)
	case int:
		r.number(3, int64(v))
		r.number(20, attributeInt)
	case []int:
		for _, one := range v {
			r.number(8, int64(one))
		}
		r.number(20, attributeInts)
	}
	return r
}

// record is a TensorProto.
func (c constant) record() []byte {
	kind, data := int64(typeInt64), []byte(nil)
	for _, v := range c.ints {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	if c.floats != nil {
		kind = typeFloat
		data = appendFloats(nil, c.floats)
	}
	r := tensor(c.name, kind, c.shape)
	r.bytes(9, data)
	return r
}

// record is the initializer of a GraphProto, tag and length included, up to the weight's bytes.
func (w weight) record() []byte {
	shape := slices.Clone(w.shape)
	if w.transposed {
		slices.Reverse(shape)
	}
	r := tensor(w.name, typeFloat, shape)
	r.longer(9, w.size())
	var field record
	field.longer(5, int64(len(r))+w.size())
	return append(field, r...)
}

// size is the weight's bytes.
func (w weight) size() int64 { return 4 * int64(elements(w.shape)) }

// tensor begins a TensorProto.
func tensor(name string, kind int64, shape []int) record {
	var r record
	for _, d := range shape {
		r.number(1, int64(d))
	}
	r.number(2, kind)
	r.text(8, name)
	return r
}

// value is a ValueInfoProto; an axis is a name or a size.
func value(name string, kind int64, axes ...any) []byte {
	var shape, tensorType, typeOf, r record
	for _, axis := range axes {
		var dimension record
		switch v := axis.(type) {
		case int:
			dimension.number(1, int64(v))
		case string:
			dimension.text(2, v)
		}
		shape.bytes(1, dimension)
	}
	tensorType.number(1, kind)
	tensorType.bytes(2, shape)
	typeOf.bytes(1, tensorType)
	r.text(1, name)
	r.bytes(2, typeOf)
	return r
}

func appendFloats(to []byte, data []float32) []byte {
	for _, v := range data {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(v))
	}
	return to
}
