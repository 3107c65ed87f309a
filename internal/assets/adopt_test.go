package assets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// What a hub client left on the machine serves offline, whatever revision it came with, if it is the pinned file.
func TestHubCacheIsUsedFirst(t *testing.T) {
	newMachine(t, hubAsset("sub/model.bin", "right"))
	t.Setenv("HF_HUB_OFFLINE", "1")
	counting := useTransport(t)
	cache := hubCache(t)
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
