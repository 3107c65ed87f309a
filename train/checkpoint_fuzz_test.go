package train

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadCheckpoint reads the manifest and the state of a checkpoint that has no tensors.
func FuzzReadCheckpoint(f *testing.F) {
	f.Add([]byte(`{"tool": "gradus"}`), []byte(`{"step": 3, "identity": {"seed": "1"}, "best": {"step": 1, "value": 0.5}}`))
	f.Add([]byte(`{"tool": "gradus", "inputs": [{"path": "state.json", "sha256": "00"}]}`), []byte(`{}`))
	f.Add([]byte(`{"tool": "gradus"}`), []byte(`{"temperature": {"value": 1e999}}`))
	f.Add([]byte(`{}`), []byte(``))
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tensorsName), append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, "{}"...), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, manifest, state []byte) {
		for name, text := range map[string][]byte{"manifest.json": manifest, stateName: state} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, tensors, err := readCheckpoint(dir); err == nil && len(tensors) > 0 {
			t.Errorf("want no tensors, got %d", len(tensors))
		}
	})
}
