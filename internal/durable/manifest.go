package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Tool and Version name the program in every manifest it writes.
const (
	Tool    = "gradus"
	Version = "0.1.0"
)

const manifestName = "manifest.json"

// Manifest tells how a folder was made: enough to make it again, and to see whether it is worth making again.
type Manifest struct {
	Tool    string           `json:"tool"`
	Version string           `json:"version"`
	Verb    string           `json:"verb"`
	Created time.Time        `json:"created"`
	Seed    *int64           `json:"seed,omitempty"`    // nil where nothing was random
	Options map[string]any   `json:"options,omitempty"` // read back, numbers are float64
	Inputs  []Input          `json:"inputs,omitempty"`
	Counts  map[string]int64 `json:"counts,omitempty"`
}

// Input is a file the folder was made from.
type Input struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// WriteManifest writes dir/manifest.json. Tool and Version are this
// program's; Created is now unless it is set.
func WriteManifest(dir string, m Manifest) error {
	return WriteManifestFile(filepath.Join(dir, manifestName), m)
}

// WriteManifestFile is WriteManifest for an output that is a file, beside which the manifest lies.
func WriteManifestFile(path string, m Manifest) error {
	m.Tool, m.Version = Tool, Version
	if m.Created.IsZero() {
		m.Created = time.Now()
	}
	m.Created = m.Created.UTC().Truncate(time.Second)
	return WriteFile(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(m)
	})
}

// ReadManifest reads dir/manifest.json. A folder without one wraps fs.ErrNotExist.
func ReadManifest(dir string) (Manifest, error) {
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fmt.Errorf("%s: want a folder written by %s, with a %s: %w", dir, Tool, manifestName, err)
	}
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s: want a manifest, got broken JSON: %w", path, err)
	}
	if m.Tool != Tool {
		return Manifest{}, fmt.Errorf("%s: want a manifest with tool %q, got %q", path, Tool, m.Tool)
	}
	return m, nil
}
