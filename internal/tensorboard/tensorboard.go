// Package tensorboard writes event files: scalars over steps, as TensorBoard and
// its kin read them.
//
// A file is a sequence of records, each a length, the length's checksum, an
// Event message of Protocol Buffers and its checksum.
// Source: tensorflow/tensorboard, tensorboard/compat/proto/event.proto and summary.proto; TFRecord's format.
package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Scalar is a value under a tag, such as "loss".
type Scalar struct {
	Tag   string
	Value float64
}

// Writer appends events to a file. It is not safe for concurrent use.
type Writer struct{ file *os.File }

// Create makes a file. TensorBoard looks for names that contain "tfevents".
func Create(path string, at time.Time) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{file}
	version := protowire.AppendTag(event(0, at), fieldFileVersion, protowire.BytesType)
	if err := w.write(protowire.AppendString(version, "brain.Event:2")); err != nil {
		file.Close()
		os.Remove(path)
		return nil, err
	}
	return w, nil
}

// Fields of the messages.
const (
	fieldWallTime    = 1 // of Event
	fieldStep        = 2
	fieldFileVersion = 3
	fieldSummary     = 5
	fieldValue       = 1 // of Summary
	fieldTag         = 1 // of Value
	fieldSimpleValue = 2
)

// Scalars writes values of a step.
func (w *Writer) Scalars(step int, at time.Time, scalars ...Scalar) error {
	var summary []byte
	for _, s := range scalars {
		value := protowire.AppendTag(nil, fieldTag, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, fieldSimpleValue, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, fieldValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	e := protowire.AppendTag(event(step, at), fieldSummary, protowire.BytesType)
	return w.write(protowire.AppendBytes(e, summary))
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }

// event begins an Event message.
func event(step int, at time.Time) []byte {
	e := protowire.AppendTag(nil, fieldWallTime, protowire.Fixed64Type)
	e = protowire.AppendFixed64(e, math.Float64bits(float64(at.UnixMicro())/1e6))
	if step == 0 {
		return e // as Protocol Buffers leave out what has its default
	}
	e = protowire.AppendTag(e, fieldStep, protowire.VarintType)
	return protowire.AppendVarint(e, uint64(step))
}

// write appends a record, in one call, so that a reader beside us sees whole ones.
func (w *Writer) write(message []byte) error {
	record := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, message...)
	record = binary.LittleEndian.AppendUint32(record, masked(message))
	_, err := w.file.Write(record)
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is TFRecord's checksum.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
