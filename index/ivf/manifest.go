package ivf

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/mapped"
)

// verb is what the manifest of an index says that it was made by.
const verb = "index"

// state is what an index's manifest says of it; all but it is in folders that
// never change.
type state struct {
	Format     int              `json:"ivf_format"`
	Dim        int              `json:"dim"`
	Similarity index.Similarity `json:"similarity"`
	Encoder    string           `json:"encoder_fingerprint,omitempty"`
	Lists      int              `json:"lists"`
	Seed       int64            `json:"seed"`
	Next       int              `json:"next"` // the number of the next folder
	Centroids  string           `json:"centroids"`
	Segments   []segmentState   `json:"segments"`
}

// segmentState is a vectors folder in an index.
type segmentState struct {
	Vectors     string `json:"vectors"`           // from the index's folder
	Checksums   string `json:"checksums_sha256"`  // of the checksums of the vectors folder, which tell it from every other
	Rows        int    `json:"rows"`              // of the vectors folder
	Lists       string `json:"lists"`             // the folder with its rows' lists
	Deleted     string `json:"deleted,omitempty"` // the folder with its deleted rows
	DeletedRows int    `json:"deleted_rows,omitempty"`
}

const format = 2

func (s *state) folder(kind string) string {
	s.Next++
	return fmt.Sprintf("%s-%d", kind, s.Next)
}

func readState(dir string) (state, error) {
	m, err := durable.ReadManifest(dir)
	if err != nil {
		return state{}, err
	}
	text, err := json.Marshal(m.Options)
	if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil || m.Verb != verb || s.Format != format {
		return state{}, fmt.Errorf("%s: want ivf_format %d in its manifest, got %v; is it made by gradus index?", dir, format, m.Options["ivf_format"])
	}
	if s.Dim < 1 || s.Lists < 1 || s.Lists > maxLists {
		return state{}, fmt.Errorf("%s: want a dim of at least 1 and 1 to %d lists in its manifest, got %d and %d", dir, maxLists, s.Dim, s.Lists)
	}
	for _, name := range s.folders() {
		if !filepath.IsLocal(name) {
			return state{}, fmt.Errorf("%s: want folders inside it in its manifest, got %q", dir, name)
		}
	}
	return s, nil
}

// folders are those inside the index.
func (s *state) folders() []string {
	all := []string{s.Centroids}
	for _, segment := range s.Segments {
		all = append(all, segment.Lists)
		if segment.Deleted != "" {
			all = append(all, segment.Deleted)
		}
	}
	return all
}

func (s *state) write(dir string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	m := durable.Manifest{Verb: verb, Seed: &s.Seed, Counts: make(map[string]int64)}
	if err := json.Unmarshal(text, &m.Options); err != nil {
		return err
	}
	for _, segment := range s.Segments {
		m.Counts["vectors"] += int64(segment.Rows - segment.DeletedRows)
		m.Counts["deleted"] += int64(segment.DeletedRows)
		m.Inputs = append(m.Inputs, durable.Input{Path: filepath.Join(segment.Vectors, mapped.ChecksumsFile), SHA256: segment.Checksums})
	}
	return durable.WriteManifest(dir, m)
}
