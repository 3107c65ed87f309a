package safetensors

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "safetensors")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	weight := Float32Tensor{Name: "weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}}
	if err := Write(path, []Float32Tensor{weight}, nil); err != nil {
		fmt.Println(err)
		return
	}
	f, err := Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	data, shape, err := f.Float32("weight")
	fmt.Println(f.Names(), data, shape, err)
	// Output: [weight] [1 2 3 4] [2 2] <nil>
}

func TestWriteAsReference(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.safetensors")
	err := Write(path, []Float32Tensor{
		{"layer.1.weight", []int{2, 3}, []float32{0, 1, 2, 3, 4, 5}},
		{`odd "name" <é>`, nil, []float32{1.5}},
		{"layer.0.bias", []int{2}, []float32{0.5, -0.5}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/float32.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("want the reference's bytes %q, got %q", want, got)
	}
}

func TestWriteReadsBack(t *testing.T) {
	big := make([]float32, blockSize/4*2+3) // more than two blocks
	for i := range big {
		big[i] = math.Float32frombits(uint32(i) * 2654435761)
	}
	path := filepath.Join(t.TempDir(), "out.safetensors")
	metadata := map[string]string{"made_by": "a test <&>"}
	err := Write(path, []Float32Tensor{{"big", []int{len(big), 1}, big}, {"none", []int{0}, nil}}, metadata)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, _, err := f.Float32("big")
	if err != nil || !slices.EqualFunc(got, big, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
		t.Errorf("want what was written, got %d elements, error %v", len(got), err)
	}
	if want := map[string]string{"format": "pt", "made_by": "a test <&>"}; !maps.Equal(f.Metadata(), want) {
		t.Errorf("want metadata %v, got %v", want, f.Metadata())
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for _, c := range []struct {
		name    string
		tensors []Float32Tensor
		want    string
	}{
		{"wrong count", []Float32Tensor{{"a", []int{2}, one}}, `"a": want 2 elements for shape [2], got 1`},
		{"negative", []Float32Tensor{{"a", []int{-1, -1}, one}}, "negative"},
		{"overflow", []Float32Tensor{{"a", []int{math.MaxInt, math.MaxInt}, one}}, "64 bits"},
		{"twice", []Float32Tensor{{"a", nil, one}, {"a", nil, one}}, "twice"},
		{"reserved", []Float32Tensor{{"__metadata__", nil, one}}, "__metadata__"},
		{"not UTF-8", []Float32Tensor{{"\xff", nil, one}}, "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.safetensors")
			wantError(t, Write(path, c.tensors, nil), path, c.want)
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
				t.Errorf("want nothing left, got %v", left)
			}
		})
	}
}

func TestOpenFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenFolder(dir)
	wantError(t, err, dir, "want model.safetensors or model.safetensors.index.json")

	write := func(name string, tensors ...string) {
		t.Helper()
		var all []Float32Tensor
		for i, tensor := range tensors {
			all = append(all, Float32Tensor{tensor, []int{1}, []float32{float32(i)}})
		}
		if err := Write(filepath.Join(dir, name), all, nil); err != nil {
			t.Fatal(err)
		}
	}
	index := func(json string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, indexName), []byte(json), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("model-00001-of-00002.safetensors", "a", "b")
	write("model-00002-of-00002.safetensors", "b", "c")
	index(`{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}`)
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("want a, b, c, got %v", got)
	}
	if got, _, err := f.Float32("c"); err != nil || got[0] != 1 {
		t.Errorf("c: want 1, got %v, %v", got, err)
	}

	for _, c := range []struct{ json, want string }{
		{`{"weight_map":{"x":"model-00001-of-00002.safetensors"}}`, `tensor "x": want it in model-00001`},
		{`{"weight_map":{"a":"model-00003-of-00003.safetensors"}}`, "model-00003-of-00003"},
		{`{"weight_map":{"a":"../model.safetensors"}}`, "beside"},
		{`{"weight_map":{}}`, "weight_map"},
		{`{`, indexName},
	} {
		index(c.json)
		_, err := OpenFolder(dir)
		wantError(t, err, dir, c.want)
	}

	write(singleName, "whole")
	f, err = OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Names(); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("want model.safetensors before the index, got %v", got)
	}
}

func TestFloat16(t *testing.T) {
	// Every finite half against its definition: (-1)^s · 2^(e-15) · (1 + f/1024).
	for h := range 1 << 16 {
		e, fraction := h>>10&31, float64(h&1023)
		want := math.Ldexp(1+fraction/1024, e-15)
		switch e {
		case 0:
			want = math.Ldexp(fraction, -24)
		case 31:
			want = math.Inf(1)
			if fraction > 0 {
				want = math.NaN()
			}
		}
		if h>>15 == 1 {
			want = -want
		}
		if got := float64(float16(uint16(h))); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("%#04x: want %g, got %g", h, want, got)
		}
	}
}
