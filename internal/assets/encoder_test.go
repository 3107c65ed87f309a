package assets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/hub"
	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

// model is a small encoder as the hub has it, with files of other formats beside it.
func model() map[string]string {
	return map[string]string{
		"config.json": `{"model_type":"bert"}`, "modules.json": `[{"path":"","type":"a.Transformer"},{"path":"1_Pooling","type":"a.Pooling"},{"path":"2_Normalize","type":"a.Normalize"}]`, "vocab.txt": "[PAD]\n", "1_Pooling/config.json": "{}",
		"model.safetensors": long, "pytorch_model.bin": "pickle", "onnx/model.onnx": "onnx", "onnx/config.json": "{}",
	}
}

func TestEncoderFromHub(t *testing.T) {
	newMachine(t)
	h := newFakeHub(t, model())
	h.Cuts = []int{-1, -1, 10} // some file comes in two pieces
	var done, total int64
	dir, err := Encoder(t.Context(), "owner/model", Options{Progress: func(_ string, d, all int64) { done, total = d, all }})
	if err != nil {
		t.Fatal(err)
	}
	cache := hubCache(t)
	repo := filepath.Join(cache, "models--owner--model")
	if wantDir := filepath.Join(repo, "snapshots", commit); dir != wantDir {
		t.Errorf("want %s, got %s", wantDir, dir)
	}
	var size int64
	for path, content := range model() {
		name := filepath.Join(dir, path)
		if !wantedFile(path) {
			if _, err := os.Lstat(name); err == nil {
				t.Errorf("%s: want it left on the hub", path)
			}
			continue
		}
		size += int64(len(content))
		got, err := os.ReadFile(name)
		if err != nil || string(got) != content {
			t.Errorf("%s: want %.40q, got %.40q, %v", path, content, got, err)
		}
		// Other hub clients find the content by the hub's hash of it.
		etag := hubtest.GitHash(content)
		if strings.HasSuffix(path, ".safetensors") {
			etag = sum(content)
		}
		if real, err := filepath.EvalSymlinks(name); filepath.Base(real) != etag {
			t.Errorf("%s: want it to be blob %s, got %s, %v", path, etag, real, err)
		}
	}
	if done > total || total != size {
		t.Errorf("want progress up to %d bytes, got %d of %d", size, done, total)
	}
	if ref, err := os.ReadFile(filepath.Join(repo, "refs", "main")); string(ref) != commit {
		t.Errorf("want refs/main to be %s, got %q, %v", commit, ref, err)
	}
	if left, _ := filepath.Glob(filepath.Join(repo, "blobs", "*.incomplete")); len(left) > 0 {
		t.Errorf("want nothing incomplete left, got %q", left)
	}

	counting := useTransport(t)
	for _, ref := range []string{"owner/model", "owner/model@main", "owner/model@" + commit} {
		if again, err := Encoder(t.Context(), ref, Options{}); again != dir || err != nil || counting.requests > 0 {
			t.Errorf("%s: want it from the cache, got %s, %v, %d requests", ref, again, err, counting.requests)
		}
	}
}

func TestEncoderErrors(t *testing.T) {
	for _, c := range []struct {
		name, ref string
		change    func(files map[string]string)
		want      string
	}{
		{"pickle", "owner/model", func(f map[string]string) { delete(f, "model.safetensors") }, "got a pickle only"},
		{"no weights", "owner/model", func(f map[string]string) { delete(f, "model.safetensors"); delete(f, "pytorch_model.bin") }, "want weights in model.safetensors, got none"},
		{"no config", "owner/model", func(f map[string]string) { delete(f, "config.json") }, "want a config.json"},
		{"no tokenizer", "owner/model", func(f map[string]string) { delete(f, "vocab.txt") }, "want a tokenizer.json or a vocab.txt"},
		{"hostile list", "owner/model", func(f map[string]string) { f["../../evil"] = "x" }, `want paths inside the repository, got "../../evil"`},
		{"unknown", "owner/other", nil, "no such repository"},
		{"no such folder", "models/mine/x", nil, "want the folder of an encoder, or a hub id"},
		{"up", "../model", nil, "want the folder of an encoder, or a hub id"},
		{"a file", filepath.Join("testdata", "..", "encoder_test.go"), nil, "got a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			newMachine(t)
			files := model()
			if c.change != nil {
				c.change(files)
			}
			h := newFakeHub(t, files)
			if c.name == "unknown" {
				h.Statuses = []int{401}
			}
			_, err := Encoder(t.Context(), c.ref, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			cache := hubCache(t)
			if found, _ := filepath.Glob(filepath.Join(cache, "models--*", "refs", "*")); len(found) > 0 {
				t.Errorf("want no ref, got %q", found)
			}
		})
	}
}

// The bytes are hashed against the hub's own announcement.
func TestEncoderWrongBytes(t *testing.T) {
	newMachine(t)
	h := newFakeHub(t, model())
	t.Cleanup(func() {})
	h.files["model.safetensors"] = "announced"
	store := newFakeHub(t, map[string]string{"model.safetensors": "delivered"}) // of the same length
	h.Store = store.Store
	t.Setenv("HF_ENDPOINT", h.URL)
	_, err := Encoder(t.Context(), "owner/model", Options{})
	if !errors.Is(err, errWrong) || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("want %v for model.safetensors, got %v", errWrong, err)
	}
	h.Store = newFakeHub(t, map[string]string{"model.safetensors": "announced"}).Store
	t.Setenv("HF_ENDPOINT", h.URL)
	if _, err := Encoder(t.Context(), "owner/model", Options{}); err != nil {
		t.Errorf("want the right bytes taken afterwards, got %v", err)
	}
}

// A snapshot without modules.json may be all there is, or what a client left
// that only loads the transformer: the hub is asked while it can be.
func TestEncoderUnsettledSnapshot(t *testing.T) {
	newMachine(t)
	cache := hubCache(t)
	dir := filepath.Join(cache, "models--owner--model", "snapshots", commit)
	refs := filepath.Join(cache, "models--owner--model", "refs")
	if err := errors.Join(os.MkdirAll(dir, 0o777), os.MkdirAll(refs, 0o777), os.WriteFile(filepath.Join(refs, "main"), []byte(commit), 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "vocab.txt", "model.safetensors"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(model()[name]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, opts := range []Options{{Offline: true}, {}} { // the second finds the hub unreachable
		if got, err := Encoder(t.Context(), "owner/model", opts); got != dir || err != nil {
			t.Errorf("want %s, got %s, %v", dir, got, err)
		}
	}
	hub.Forget()
	h := newFakeHub(t, model())
	if _, err := Encoder(t.Context(), "owner/model", Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "modules.json")); err != nil {
		t.Errorf("want the missing file added, got %v", err)
	}
	if len(h.Requests()) != 3 { // the list, modules.json, 1_Pooling/config.json
		t.Errorf("want only what lacked fetched, got %d requests", len(h.Requests()))
	}

	// A module that modules.json lists and the snapshot lacks is fetched as well.
	mark := filepath.Join(filepath.Dir(refs), ".gradus-"+commit)
	if err := errors.Join(os.Remove(filepath.Join(dir, "1_Pooling", "config.json")), os.Remove(mark)); err != nil {
		t.Fatal(err)
	}
	h.Forget()
	if _, err := Encoder(t.Context(), "owner/model", Options{}); err != nil || len(h.Requests()) != 2 {
		t.Errorf("want the list and the module fetched, got %v and %d requests", err, len(h.Requests()))
	}

	// Where the hub has no modules.json either, it is asked once.
	delete(h.files, "modules.json")
	if err := os.Remove(filepath.Join(dir, "modules.json")); err != nil {
		t.Fatal(err)
	}
	h.Forget()
	for range 2 {
		if _, err := Encoder(t.Context(), "owner/model", Options{}); err != nil || len(h.Requests()) > 0 {
			t.Errorf("want no request, got %v and %d requests", err, len(h.Requests()))
		}
	}
}

func TestEncoderOffline(t *testing.T) {
	newMachine(t)
	_, err := Encoder(t.Context(), "owner/model", Options{Offline: true})
	cache := hubCache(t)
	if !errors.Is(err, hub.ErrOffline) || !strings.Contains(err.Error(), "no snapshot in "+cache) {
		t.Errorf("want the folder looked into, got %v", err)
	}
	dir := filepath.Join(cache, "models--owner--model", "snapshots", commit)
	if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, "config.json"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	_, err = Encoder(t.Context(), "owner/model@"+commit, Options{Offline: true})
	if !errors.Is(err, hub.ErrOffline) || !strings.Contains(err.Error(), "want weights in model.safetensors") {
		t.Errorf("want to be told what the snapshot lacks, got %v", err)
	}
}

func TestEncoderNames(t *testing.T) {
	asset := hubAsset("config.json", "{}")
	asset.Aliases = []string{"owner/model"}
	newMachine(t, asset)
	newFakeHub(t, map[string]string{"config.json": "{}"})
	own := t.TempDir()
	for ref, want := range map[string]string{own: own, "small": "small-", "owner/model": "small-"} {
		got, err := Encoder(t.Context(), ref, Options{})
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: want %s, got %s, %v", ref, want, got, err)
		}
	}
}
