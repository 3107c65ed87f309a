package assets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/internal/hub"
)

// TestMain lets the test binary stand in for pip and npm, under their names,
// and for a second gradus process.
func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); {
	case name == "python3" || name == "npm":
		os.Exit(fakeClient(name))
	case os.Getenv("ASSETS_TEST_CHILD") != "":
		os.Exit(child())
	}
	os.Exit(m.Run())
}

func sum(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func file(path, content string) File {
	return File{Path: path, Size: int64(len(content)), SHA256: sum(content)}
}

// machine is an empty computer: no cache, no hub, no pip, no npm, and a manifest of the given assets.
type machine struct {
	t        *testing.T
	packages string // archives the fake clients have
	log      string // one line for each call of one
}

func newMachine(t *testing.T, assets ...Asset) *machine {
	t.Helper()
	for i := range assets {
		if assets[i].Licence == "" {
			assets[i].Licence = "CC0-1.0"
		}
		if assets[i].Kind == "" {
			assets[i].Kind = "encoder"
		}
		if err := assets[i].check(); err != nil {
			t.Fatal(err)
		}
	}
	old := manifest
	manifest = assets
	pause := hub.RetryPause
	hub.RetryPause = time.Millisecond
	hub.Forget()
	t.Cleanup(func() {
		manifest, hub.RetryPause = old, pause
		hub.Forget()
	})
	dir := t.TempDir()
	for name, value := range map[string]string{
		"GRADUS_HOME": filepath.Join(dir, "home"), "HF_HOME": filepath.Join(dir, "hf"), "HF_HUB_CACHE": "",
		"HF_ENDPOINT": "http://127.0.0.1:1", "HF_TOKEN": "", "HF_HUB_OFFLINE": "", "GRADUS_OFFLINE": "",
		"PATH": filepath.Join(dir, "bin"), "FAKE_PACKAGES": filepath.Join(dir, "packages"), "FAKE_LOG": filepath.Join(dir, "log"),
		"FAKE_MODE": "", pluginVariable: "", pluginPathsVariable: "",
	} {
		t.Setenv(name, value)
	}
	m := &machine{t, filepath.Join(dir, "packages"), filepath.Join(dir, "log")}
	for _, dir := range []string{m.packages, filepath.Join(dir, "bin")} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// install puts a fake client on PATH.
func (m *machine) install(name string) {
	m.t.Helper()
	binary, err := os.Executable()
	if err == nil {
		err = os.Symlink(binary, filepath.Join(os.Getenv("PATH"), name))
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// calls returns what the fake clients were asked for.
func (m *machine) calls() []string {
	text, _ := os.ReadFile(m.log)
	return strings.Fields(string(text))
}

func (m *machine) store(name string, archive []byte) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.packages, name), archive, 0o666); err != nil {
		m.t.Fatal(err)
	}
}

// fakeClient does what pip download and npm pack do: it leaves one archive.
func fakeClient(name string) int {
	args := os.Args[1:]
	wanted := args[len(args)-1]
	log, err := os.OpenFile(os.Getenv("FAKE_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return 3
	}
	fmt.Fprintln(log, wanted)
	switch os.Getenv("FAKE_MODE") {
	case "full":
		fmt.Fprintln(os.Stderr, "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
		return 1
	case "slow":
		time.Sleep(300 * time.Millisecond)
	case "hang":
		time.Sleep(time.Minute)
	}
	dir, ending, at := ".", ".tgz", "@"
	if name == "python3" {
		ending, at = ".whl", "=="
		for i, arg := range args {
			if arg == "-d" {
				dir = args[i+1]
			}
		}
	}
	archive := strings.NewReplacer("/", "-", at, "-").Replace(strings.TrimPrefix(wanted, "@")) + ending
	content, err := os.ReadFile(filepath.Join(os.Getenv("FAKE_PACKAGES"), archive))
	if err != nil {
		fmt.Fprintln(os.Stderr, "WARNING: chatter\nERROR: No matching distribution found for "+wanted)
		return 1
	}
	if os.WriteFile(filepath.Join(dir, archive), content, 0o666) != nil {
		return 3
	}
	return 0
}

// child is a gradus process that wants one asset of the manifest in the environment.
func child() int {
	if err := json.Unmarshal([]byte(os.Getenv("ASSETS_TEST_CHILD")), &manifest); err != nil {
		fmt.Println(err)
		return 1
	}
	dir, err := Path(context.Background(), manifest[0].Name, Options{})
	fmt.Println(dir, err)
	return 0
}

func wheel(entries ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err != nil {
			panic(err)
		}
		io.WriteString(w, entries[i+1])
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func tgz(entries ...string) []byte {
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	for i := 0; i < len(entries); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: entries[i], Mode: 0o644, Size: int64(len(entries[i+1]))}); err != nil {
			panic(err)
		}
		io.WriteString(w, entries[i+1])
	}
	w.Close()
	g.Close()
	return b.Bytes()
}

func pack(name string, archive []byte, members ...Member) Package {
	return Package{Name: name, Version: "1.0", SHA256: sum(string(archive)), Size: int64(len(archive)), Members: members}
}

func hubAsset(path, content string) Asset {
	return Asset{Name: "small", Files: []File{file(path, content)},
		Sources: []Source{{Kind: "hub", Repo: "owner/model", Revision: commit}}}
}

// want fetches the asset and compares its files.
func want(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	dir, err := Path(t.Context(), name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range files {
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || string(got) != content {
			t.Errorf("%s: want %.40q, got %.40q, %v", path, content, got, err)
		}
	}
	if err := Verify(t.Context(), name); err != nil {
		t.Error(err)
	}
	return dir
}

// wantError fetches the asset and wants an error with all the parts, and no folder.
func wantError(t *testing.T, name string, parts ...string) error {
	t.Helper()
	dir, err := Path(t.Context(), name, Options{})
	if err == nil {
		t.Fatalf("want an error with %q, got %s", parts, dir)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("want an error with %q, got %v", part, err)
		}
	}
	if state, _ := Status(name); state.Present || state.Damage != "" {
		t.Errorf("want no folder, got %+v", state)
	}
	return err
}
