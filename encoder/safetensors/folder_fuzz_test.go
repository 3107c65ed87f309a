package safetensors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzIndex reads the index of a model in parts; no name in it may lead out of its folder.
func FuzzIndex(f *testing.F) {
	for _, seed := range []string{
		`{"metadata": {"total_size": 4}, "weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}`, `{"weight_map": {"x": "a.safetensors"}}`,
		`{"weight_map": {"x": "../a.safetensors"}}`, `{"weight_map": {"x": "sub/a.safetensors"}}`, `{"weight_map": {"x": "a.safetensors", "gone": "a.safetensors"}}`,
		`{"weight_map": {"x": ""}}`, `{"weight_map": {"x": "."}}`, `{"weight_map": []}`, `{}`, ``, `{"weight_map": {"x": "b.safetensors"}}`, `{"weight_map": {"x": "/etc/passwd"}}`,
	} {
		f.Add([]byte(seed))
	}
	parent := f.TempDir()
	dir := filepath.Join(parent, "model")
	if err := os.Mkdir(dir, 0o700); err != nil {
		f.Fatal(err)
	}
	for path, name := range map[string]string{filepath.Join(dir, "a.safetensors"): "x", filepath.Join(dir, "b.safetensors"): "y", filepath.Join(parent, "a.safetensors"): "x"} {
		if err := Write(path, []Float32Tensor{{name, []int{1}, []float32{1}}}, nil); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, indexName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := OpenFolder(dir)
		if err != nil {
			return
		}
		defer file.Close()
		for _, part := range file.files {
			if filepath.Dir(part.Name()) != dir {
				t.Errorf("opened %s", part.Name())
			}
		}
		for _, name := range file.Names() {
			if _, _, err := file.Float32(name); err != nil || !strings.Contains("xy", name) {
				t.Errorf("tensor %q: %v", name, err)
			}
		}
	})
}
