package durable

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadManifest holds that what is read is a manifest of ours, and can be written.
func FuzzReadManifest(f *testing.F) {
	for _, seed := range []string{
		`{"tool": "gradus", "version": "0.1.0", "verb": "train", "options": {"lr": 2e-5, "seed": 1}, "inputs": [{"path": "a", "sha256": "00"}], "counts": {"steps": 3}}`,
		`{"tool": "other"}`, `{"tool": "gradus", "options": null}`, `{"tool": "gradus", "inputs": [null]}`, `[]`, ``, `{"tool": "gradus", "counts": {"a": 1e300}}`,
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, manifestName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := ReadManifest(dir)
		if err != nil {
			return
		}
		if m.Tool != Tool {
			t.Errorf("want the tool %q, got %q", Tool, m.Tool)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Error(err)
		}
	})
}
