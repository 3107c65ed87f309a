package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadReference(t *testing.T) {
	f, err := Open("testdata/mixed.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inf := float32(math.Inf(-1))
	for _, c := range []struct {
		name  string
		shape []int
		want  []float32
	}{
		{"a.half", []int{2, 3}, []float32{0, float32(math.Copysign(0, -1)), 1, 65504, 0x1p-24, inf}},
		{"b.single", []int{4}, []float32{1, -2.5, 3.140625, 0x1p-130}},
		{"c.brain", []int{4}, []float32{1, -2.5, 3.140625, 0x1p-130}},
		{"scalar", nil, []float32{7}},
		{"empty", []int{0, 4}, nil},
	} {
		got, shape, err := f.Float32(c.name)
		if err != nil {
			t.Errorf("%s: want %v, got error %v", c.name, c.want, err)
			continue
		}
		if !slices.Equal(shape, c.shape) {
			t.Errorf("%s: want shape %v, got %v", c.name, c.shape, shape)
		}
		if !slices.EqualFunc(got, c.want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
			t.Errorf("%s: want %v, got %v", c.name, c.want, got)
		}
	}
	ids, err := f.Bytes("ids")
	if err != nil || len(ids) != 24 || binary.LittleEndian.Uint64(ids[16:]) != 2 {
		t.Errorf("ids: want 3 int64 up to 2, got %v, %v", ids, err)
	}
	if tensor, err := f.Tensor("ids"); err != nil || tensor.DType != "I64" || !slices.Equal(tensor.Shape, []int{3}) {
		t.Errorf("ids: want I64 [3], got %+v, %v", tensor, err)
	}
	if f.Metadata()["format"] != "pt" {
		t.Errorf("want metadata format pt, got %v", f.Metadata())
	}
}

func TestReadErrors(t *testing.T) {
	f, err := Open("testdata/mixed.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, _, err = f.Float32("ids")
	wantError(t, err, "mixed.safetensors", `"ids"`, "want F32, F16 or BF16, got I64")
	_, _, err = f.Float32("absent")
	wantError(t, err, "mixed.safetensors", `"absent"`)
	_, err = Open(filepath.Join(t.TempDir(), "absent.safetensors"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want fs.ErrNotExist, got %v", err)
	}
	_, err = Open(t.TempDir())
	wantError(t, err, "want a regular file")
}

func TestFileCutAfterOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := Write(path, []Float32Tensor{{"x", []int{4}, make([]float32, 4)}}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	_, _, err = f.Float32("x")
	wantError(t, err, "x.safetensors", `"x"`, "want 16 bytes, got")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("want io.ErrUnexpectedEOF, got %v", err)
	}
}

// file puts the header's length before it and n bytes behind it.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

var badFiles = []struct {
	name string
	data []byte
	want string
}{
	{"empty", nil, "want 8 bytes"},
	{"short length", []byte("1234567"), "want 8 bytes"},
	{"header too large", binary.LittleEndian.AppendUint64(nil, maxHeader+1), "at most 100000000"},
	{"length of all ones", bytes.Repeat([]byte{0xFF}, 16), "at most 100000000"},
	{"header beyond the file", binary.LittleEndian.AppendUint64(nil, 100), "want a header of 100 bytes"},
	{"no JSON", file("nothing", 0), "header"},
	{"no header", file("", 0), "header"},
	{"array", file("[]", 0), "want {, got ["},
	{"too many dimensions", file(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("1,", maxDimensions)+`1],"data_offsets":[0,1]}}`, 1), "at most 64 numbers"},
	{"cut JSON", file(`{"a":{"dtype":"F32"`, 0), "header"},
	{"not UTF-8", file("{\"\xff\":1}", 0), "UTF-8"},
	{"two values", file("{}{}", 0), "nothing after"},
	{"metadata not strings", file(`{"__metadata__":{"a":1}}`, 0), "want a string"},
	{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, 0), "twice"},
	{"metadata key twice", file(`{"__metadata__":{"a":"","a":""}}`, 0), "twice"},
	{"tensor twice", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4), "twice"},
	{"escaped twin", file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), "twice"},
	{"field twice", file(`{"a":{"dtype":"F32","dtype":"I32","shape":[],"data_offsets":[0,4]}}`, 4), "twice"},
	{"field missing", file(`{"a":{"dtype":"F32","shape":[]}}`, 4), "data_offsets"},
	{"field in other case", file(`{"a":{"DType":"F32","shape":[],"data_offsets":[0,4]}}`, 4), "want dtype"},
	{"unknown dtype", file(`{"a":{"dtype":"F33","shape":[],"data_offsets":[0,4]}}`, 4), `unknown dtype "F33"`},
	{"negative shape", file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "got -1"},
	{"fraction", file(`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}`, 4), "got 1.5"},
	{"string for a number", file(`{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`, 4), "want a number"},
	{"elements overflow", file(`{"a":{"dtype":"U8","shape":[4294967296,4294967296,16],"data_offsets":[0,0]}}`, 0), "64 bits"},
	{"bytes overflow", file(`{"a":{"dtype":"F64","shape":[9223372036854775807],"data_offsets":[0,8]}}`, 8), "64 bits"},
	{"one offset", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}`, 4), "want 2 data_offsets"},
	{"offset beyond int", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,18446744073709551615]}}`, 4), "whole number"},
	{"backwards", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}`, 4), "begin at 0"},
	{"too few bytes for the shape", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "want 8 bytes for F32 [2]"},
	{"half a byte", file(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1), "whole bytes"},
	{"file too short", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 3), "want 4 bytes of tensors, got 3"},
	{"file too long", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 5), "want 4 bytes of tensors, got 5"},
	{"hole", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), `"b": want it to begin at 1`},
	{"overlap", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), `"b": want it to begin at 2`},
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	for _, c := range badFiles {
		path := filepath.Join(dir, "bad.safetensors")
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err == nil {
			f.Close()
		}
		t.Run(c.name, func(t *testing.T) { wantError(t, err, path, c.want) })
	}
}

func TestTooManyTensors(t *testing.T) {
	var header strings.Builder
	for i := range maxTensors + 1 {
		fmt.Fprintf(&header, `%c"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, "{,"[min(i, 1)], i)
	}
	data := file(header.String()+"}", 0)
	_, err := readHeader(bytes.NewReader(data), int64(len(data)))
	wantError(t, err, "at most 262144 tensors")
}

func TestIndexTooLarge(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, indexName)
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil { // a hole takes no room
		t.Fatal(err)
	}
	_, err := OpenFolder(dir)
	wantError(t, err, path, "at most 100000000 bytes")
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want an error with %q, got none", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("want an error with %q, got %q", part, err)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, c := range badFiles {
		f.Add(c.data)
	}
	for _, name := range []string{"mixed", "float32"} {
		data, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		at := int64(0)
		for _, tensor := range h.tensors {
			if tensor.start != at || tensor.end < at || tensor.end > int64(len(data))-h.dataStart {
				t.Errorf("tensor %q: want it to follow %d within %d bytes, got [%d,%d]", tensor.Name, at, len(data), tensor.start, tensor.end)
			}
			at = tensor.end
		}
	})
}
