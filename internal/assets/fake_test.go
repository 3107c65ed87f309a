package assets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
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
	pause := retryPause
	retryPause = time.Millisecond
	hubs.reached = nil
	t.Cleanup(func() { manifest, retryPause, hubs.reached = old, pause, nil })
	dir := t.TempDir()
	for name, value := range map[string]string{
		"GRADUS_HOME": filepath.Join(dir, "home"), "HF_HOME": filepath.Join(dir, "hf"), "HF_HUB_CACHE": "",
		"HF_ENDPOINT": "http://127.0.0.1:1", "HF_TOKEN": "", "HF_HUB_OFFLINE": "", "GRADUS_OFFLINE": "",
		"PATH": filepath.Join(dir, "bin"), "FAKE_PACKAGES": filepath.Join(dir, "packages"), "FAKE_LOG": filepath.Join(dir, "log"),
		"FAKE_MODE": "",
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

// fakeHub serves files as the hub does: big ones by a redirect to another host that stores them.
type fakeHub struct {
	*httptest.Server
	store *httptest.Server
	files map[string]string // by path; a path with "lfs" in its name is stored elsewhere

	mu       sync.Mutex
	statuses []int // answered first, one a request
	cuts     []int // bodies cut after so many bytes, one a request
	requests []*http.Request
}

func newFakeHub(t *testing.T, files map[string]string) *fakeHub {
	h := &fakeHub{files: files}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	h.store = httptest.NewServer(http.HandlerFunc(h.serveStore))
	t.Cleanup(h.Close)
	t.Cleanup(h.store.Close)
	t.Setenv("HF_ENDPOINT", h.URL)
	return h
}

func gitHash(content string) string {
	sum := sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(content), content)))
	return hex.EncodeToString(sum[:])
}

const commit = "0123456789012345678901234567890123456789"

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests = append(h.requests, r)
	status := 0
	if len(h.statuses) > 0 {
		status, h.statuses = h.statuses[0], h.statuses[1:]
	}
	h.mu.Unlock()
	if status != 0 {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/models/owner/model/revision/") {
		list := hubList{Commit: commit}
		for path, content := range h.files {
			list.Files = append(list.Files, struct {
				Name string `json:"rfilename"`
				Size int64  `json:"size"`
			}{path, int64(len(content))})
		}
		json.NewEncoder(w).Encode(list)
		return
	}
	_, path, found := strings.Cut(r.URL.Path, "/resolve/"+commit+"/")
	content, ok := h.files[path]
	switch {
	case !found || !ok:
		http.NotFound(w, r)
	case strings.Contains(path, "lfs") || strings.HasSuffix(path, ".safetensors"):
		w.Header().Set("X-Linked-Etag", `"`+sum(content)+`"`)
		w.Header().Set("Etag", `"something else"`)
		http.Redirect(w, r, strings.Replace(h.store.URL, "127.0.0.1", "localhost", 1)+"/"+path, http.StatusFound)
	default:
		w.Header().Set("Etag", `"`+gitHash(content)+`"`)
		h.body(w, r, content)
	}
}

func (h *fakeHub) serveStore(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests = append(h.requests, r)
	h.mu.Unlock()
	w.Header().Set("Etag", `"the store's own"`)
	h.body(w, r, h.files[strings.TrimPrefix(r.URL.Path, "/")])
}

func (h *fakeHub) body(w http.ResponseWriter, r *http.Request, content string) {
	h.mu.Lock()
	cut := -1
	if len(h.cuts) > 0 {
		cut, h.cuts = h.cuts[0], h.cuts[1:]
	}
	h.mu.Unlock()
	if cut < 0 {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
		return
	}
	var offset int
	if fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &offset); offset > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", offset, len(content)-1, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-offset))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	}
	io.WriteString(w, content[offset:offset+cut])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func (h *fakeHub) ranges() []string {
	var ranges []string
	for _, r := range h.requests {
		ranges = append(ranges, r.Header.Get("Range"))
	}
	return ranges
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
