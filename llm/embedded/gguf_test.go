package embedded

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/assets"
)

// ggufFile writes a GGUF file's parts: numbers as wide as their types, texts with their length before them.
func ggufFile(parts ...any) []byte {
	data := []byte("GGUF")
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			data = append(binary.LittleEndian.AppendUint64(data, uint64(len(p))), p...)
		case uint32:
			data = binary.LittleEndian.AppendUint32(data, p)
		case uint64:
			data = binary.LittleEndian.AppendUint64(data, p)
		case []byte:
			data = append(data, p...)
		}
	}
	return data
}

const three, huge = uint32(3), ^uint64(0)

var ggufFiles = []struct {
	name string
	data []byte
	want string // in the error; empty: it is sound
}{
	{"nothing in it", ggufFile(three, uint64(0), uint64(0)), ""},
	{"keys and a tensor", ggufFile(three, uint64(1), uint64(4), "general.alignment", uint32(4), uint32(64), "a.name", uint32(8), "text",
		"tokens", uint32(9), uint32(8), uint64(2), "x", "yz", "scores", uint32(9), uint32(6), uint64(2), uint64(0),
		"weight", uint32(2), uint64(4), uint64(4), uint32(0), uint64(0), make([]byte, 256)), ""},
	{"empty", nil, "wants 4 bytes more"},
	{"another format", []byte("PK\x03\x04............"), `it begins with "PK\x03\x04"`},
	{"version 1", ggufFile(uint32(1), uint64(0), uint64(0)), "want version 2 or 3, got 1"},
	{"big endian", ggufFile(uint32(3<<24), uint64(0), uint64(0)), "want version 2 or 3"},
	{"tensors without end", ggufFile(three, huge, uint64(0)), "at most 65536 tensors"},
	{"keys without end", ggufFile(three, uint64(0), huge), "at most 65536 tensors and 65536 keys"},
	{"more tensors than bytes", ggufFile(three, uint64(9), uint64(0)), "it wants 8 bytes more, and has 0"},
	{"a name past the end", ggufFile(three, uint64(0), uint64(1), uint64(100)), "it wants 100 bytes more"},
	{"a name without end", ggufFile(three, uint64(0), uint64(1), huge), "a name of at most"},
	{"a text without end", ggufFile(three, uint64(0), uint64(1), "k", uint32(8), huge), "bytes more"},
	{"a key twice", ggufFile(three, uint64(0), uint64(2), "k", uint32(7), []byte{1}, "k", uint32(7), []byte{1}), `"k" stands there twice`},
	{"unknown type", ggufFile(three, uint64(0), uint64(1), "k", uint32(13)), `"k": unknown type 13`},
	{"array past the end", ggufFile(three, uint64(0), uint64(1), "k", uint32(9), uint32(12), huge/8), `"k": want 2305843009213693951 values within 0 bytes`},
	{"texts past the end", ggufFile(three, uint64(0), uint64(1), "k", uint32(9), uint32(8), huge), "texts within 0 bytes"},
	{"array of arrays", ggufFile(three, uint64(0), uint64(1), "k", uint32(9), uint32(9), uint64(1)), "array of the unknown type 9"},
	{"alignment of zero", ggufFile(three, uint64(0), uint64(1), "general.alignment", uint32(4), uint32(0)), "power of two"},
	{"five dimensions", ggufFile(three, uint64(1), uint64(0), "w", uint32(5)), "want at most 4 dimensions, got 5"},
	{"elements overflow", ggufFile(three, uint64(1), uint64(0), "w", uint32(2), uint64(1)<<40, uint64(1)<<40, uint32(0), uint64(0)), "more elements than 64 bits"},
	{"data past the end", ggufFile(three, uint64(1), uint64(0), "w", uint32(1), uint64(4), uint32(0), uint64(1)<<40, make([]byte, 64)), "begins at byte 1099511627776"},
	{"data askew", ggufFile(three, uint64(1), uint64(0), "w", uint32(1), uint64(4), uint32(0), uint64(7), make([]byte, 64)), "multiple of 32, got 7"},
	{"no data", ggufFile(three, uint64(1), uint64(0), "w", uint32(1), uint64(4), uint32(0), uint64(0)), "begins at byte 0"},
}

func TestReadGGUF(t *testing.T) {
	for _, c := range ggufFiles {
		err := readGGUF(bytes.NewReader(c.data), int64(len(c.data)))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: want an error with %q, got %v", c.name, c.want, err)
		}
	}
}

// TestRealModelIsSound keeps the limits above what models have.
func TestRealModelIsSound(t *testing.T) {
	dir, err := assets.Path(t.Context(), DefaultModel, assets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.gguf"))
	if err != nil || len(found) != 1 {
		t.Fatalf("want a model, got %q, %v", found, err)
	}
	if err := checkGGUF(found[0]); err != nil {
		t.Error(err)
	}
}

// FuzzGGUF looks for a header that reads on without bound, or brings the reader down.
func FuzzGGUF(f *testing.F) {
	for _, c := range ggufFiles {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := readGGUF(bytes.NewReader(data), int64(len(data))); err == nil && !bytes.HasPrefix(data, []byte("GGUF")) {
			t.Errorf("took %q", data)
		}
	})
}
