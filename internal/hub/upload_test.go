package hub_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/internal/hub"
	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

const token = "hf_secretsecretsecret"

// quick waits little between tries, and lets the environment say nothing.
func quick(t *testing.T) {
	pause := hub.RetryPause
	hub.RetryPause = time.Millisecond
	hub.Forget()
	t.Cleanup(func() {
		hub.RetryPause = pause
		hub.Forget()
	})
	for _, name := range []string{"HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "GRADUS_OFFLINE", "HF_HUB_CACHE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HF_HOME", t.TempDir())
}

var trained = map[string]string{
	"README.md": "---\nlicense: mit\n---\n# A model\n", "config.json": `{"model_type":"bert"}`, "1_Pooling/config.json": "{}",
	"model.safetensors": strings.Repeat("weights ", 1000), "vocab.txt": "[PAD]\n", "empty.lfs": "",
}

// folder lays files and returns the upload of them all.
func folder(t *testing.T, files map[string]string) hub.Upload {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return hub.Upload{Repo: "owner/mine", Message: "Upload model", Dir: dir, Files: slices.Sorted(maps.Keys(files))}
}

func newHub(t *testing.T) *hubtest.Server {
	quick(t)
	h := hubtest.New(t)
	h.Token = token
	t.Setenv("HF_TOKEN", token)
	return h
}

// What is uploaded is there, byte for byte, in a private repository that was made; and the store never sees the token.
func TestUploadMakesAPrivateRepository(t *testing.T) {
	for _, partSize := range []int{0, 1000, 4000, 8000} {
		h := newHub(t)
		h.PartSize = partSize
		u := folder(t, trained)
		var last, total int64
		u.Progress = func(done, all int64) {
			if done < last {
				t.Errorf("want progress forward, got %d after %d", done, last)
			}
			last, total = done, all
		}
		done, err := hub.New().Upload(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		repo := h.Repos["models/owner/mine"]
		if repo == nil || !repo.Private || !done.Private || !done.Created || done.Commit != repo.Commit || done.URL != h.URL+"/owner/mine" {
			t.Fatalf("want a private repository at its commit, got %+v, %+v", repo, done)
		}
		for name, text := range trained {
			if repo.Files[name] != text {
				t.Errorf("%s: want %.40q, got %.40q", name, text, repo.Files[name])
			}
		}
		if want := int64(len(trained["model.safetensors"])); last != want || total != want {
			t.Errorf("want progress to %d bytes, got %d of %d", want, last, total)
		}
		for _, r := range h.Requests() {
			signed := r.Header.Get("Authorization") != ""
			if atStore := r.Method == http.MethodPut; atStore == signed {
				t.Errorf("%s %s: want the token at the hub alone, got it there %v", r.Method, r.URL, signed)
			}
		}
	}
}

// A second upload sends what changed and leaves what others put there.
func TestUploadSendsWhatChanged(t *testing.T) {
	h := newHub(t)
	u := folder(t, trained)
	if _, err := hub.New().Upload(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	repo := h.Repos["models/owner/mine"]
	repo.Files["other.txt"] = "another's"
	before := repo.Commit
	h.Forget()
	done, err := hub.New().Upload(t.Context(), u)
	if err != nil || len(done.Sent) > 0 || done.Commit != before || done.Created || len(done.Unchanged) != len(trained) {
		t.Errorf("want nothing sent, got %+v, %v", done, err)
	}
	if got := len(h.Requests()); got != 3 { // the repository, the card, the files
		t.Errorf("want 3 requests, got %d", got)
	}
	if err := os.WriteFile(filepath.Join(u.Dir, "vocab.txt"), []byte("changed"), 0o666); err != nil {
		t.Fatal(err)
	}
	done, err = hub.New().Upload(t.Context(), u)
	if err != nil || !slices.Equal(done.Sent, []string{"vocab.txt"}) || repo.Files["vocab.txt"] != "changed" || repo.Files["other.txt"] != "another's" {
		t.Errorf("want vocab.txt alone changed, got %+v, %v", done, err)
	}
}

// Servers fail now and then, at every step.
func TestUploadIsRetried(t *testing.T) {
	for step := range 7 {
		h := newHub(t)
		h.PartSize = 3000
		h.Statuses = append(slices.Repeat([]int{0}, step), 503, 429)
		if _, err := hub.New().Upload(t.Context(), folder(t, trained)); err != nil {
			t.Errorf("after %d requests: %v", step, err)
		}
		if got := h.Repos["models/owner/mine"].Files["model.safetensors"]; got != trained["model.safetensors"] {
			t.Errorf("after %d requests: want the weights whole, got %d bytes", step, len(got))
		}
	}
}

// A store that cuts connections or answers with faults gets a part again.
func TestUploadPartsAreRetried(t *testing.T) {
	h := newHub(t)
	h.PartSize = 3000
	inner, faults := h.Store.Config.Handler, 0
	h.Store.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch faults++; faults {
		case 1:
			panic(http.ErrAbortHandler)
		case 3:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			inner.ServeHTTP(w, r)
		}
	})
	if _, err := hub.New().Upload(t.Context(), folder(t, trained)); err != nil {
		t.Fatal(err)
	}
	if got := h.Repos["models/owner/mine"].Files["model.safetensors"]; got != trained["model.safetensors"] || faults != 5 {
		t.Errorf("want the weights whole after 5 requests, got %d bytes after %d", len(got), faults)
	}
}

// Until the commit nothing of an upload is to be seen.
func TestUploadIsWholeOrNotAtAll(t *testing.T) {
	h := newHub(t)
	h.Store.Config.Handler = http.NotFoundHandler()
	_, err := hub.New().Upload(t.Context(), folder(t, trained))
	if err == nil || !strings.Contains(err.Error(), "owner/mine: model.safetensors: ") {
		t.Errorf("want to be told of the file, got %v", err)
	}
	if got := h.Repos["models/owner/mine"].Files; len(got) != 1 {
		t.Errorf("want what was there, got %q", slices.Sorted(maps.Keys(got)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hub.New().Upload(ctx, folder(t, trained)); !errors.Is(err, context.Canceled) {
		t.Errorf("want it to end, got %v", err)
	}
}

func TestUploadRefusals(t *testing.T) {
	private := &hubtest.Repo{Files: map[string]string{}, Private: true}
	for _, c := range []struct {
		name   string
		change func(h *hubtest.Server, u *hub.Upload)
		token  string
		want   string
	}{
		{"no token", func(*hubtest.Server, *hub.Upload) {}, "", "want a token that may write in HF_TOKEN"},
		{"wrong token", func(*hubtest.Server, *hub.Upload) {}, "hf_wrongwrong", `401: the token is not valid there: "Invalid username or password."; set HF_TOKEN`},
		{"may not write", func(h *hubtest.Server, _ *hub.Upload) {
			h.Repos["models/owner/mine"] = private
			h.Statuses = []int{0, 0, 403}
		}, token, "403: the token may not do that; set HF_TOKEN"},
		{"public", func(h *hubtest.Server, _ *hub.Upload) {
			h.Repos["models/owner/mine"] = &hubtest.Repo{Files: map[string]string{}}
		}, token, "owner/mine: the repository is public"},
		{"branch", func(h *hubtest.Server, u *hub.Upload) {
			h.Repos["models/owner/mine"] = private
			u.Branch = "other"
		}, token, `404: no such repository or branch: "Invalid rev id: other"`},
		{"file", func(_ *hubtest.Server, u *hub.Upload) { u.Files = append(u.Files, "gone.json") }, token, "gone.json"},
		{"out of the folder", func(_ *hubtest.Server, u *hub.Upload) { u.Files = append(u.Files, "../x") }, token, "path escapes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t)
			u := folder(t, trained)
			c.change(h, &u)
			t.Setenv("HF_TOKEN", c.token)
			_, err := hub.New().Upload(t.Context(), u)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s, got %v", c.want, err)
			}
			if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
				t.Errorf("want no token in the error, got %v", err)
			}
			if len(private.Files) > 0 {
				t.Errorf("want nothing committed, got %q", private.Files)
			}
		})
	}
}

// Everybody may read what is uploaded as public, and only that.
func TestUploadPublic(t *testing.T) {
	h := newHub(t)
	u := folder(t, trained)
	u.Public = true
	for range 2 {
		if done, err := hub.New().Upload(t.Context(), u); err != nil || done.Private {
			t.Errorf("want a public repository, got %+v, %v", done, err)
		}
	}
	if h.Repos["models/owner/mine"].Private {
		t.Error("want a public repository")
	}
}

func TestToken(t *testing.T) {
	quick(t)
	home, _ := hub.Home()
	if got := hub.Token(); got != "" {
		t.Errorf("want none, got %q", got)
	}
	other := filepath.Join(home, "elsewhere")
	if err := errors.Join(os.WriteFile(filepath.Join(home, "token"), []byte("of-login\n"), 0o600), os.WriteFile(other, []byte("of-path"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, value, want string }{{"", "", "of-login"}, {"HF_TOKEN_PATH", other, "of-path"}, {"HF_TOKEN", " of-variable ", "of-variable"}} {
		if c.name != "" {
			t.Setenv(c.name, c.value)
		}
		if got := hub.Token(); got != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
	}
}
