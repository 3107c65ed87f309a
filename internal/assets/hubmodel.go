package assets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// hubModel is a model in the hub cache, in the layout that hub clients share:
//
//	models--owner--name/refs/<branch>                 the commit it stands for
//	models--owner--name/blobs/<etag>                  contents
//	models--owner--name/snapshots/<commit>/<path>     links to blobs
type hubModel struct {
	repo     string
	revision string // a branch, a tag or a commit
	cache    string
	dir      string // models--owner--name
}

func newHubModel(repo, revision string) (hubModel, error) {
	cache, err := HubCache()
	if revision == "" {
		revision = "main"
	}
	return hubModel{repo, revision, cache, repoFolder(cache, repo)}, err
}

// cached returns the snapshot of the revision, "" where there is none, and what it lacks to be an encoder.
func (m hubModel) cached() (dir string, lack error) {
	commit := m.revision
	if text, err := os.ReadFile(filepath.Join(m.dir, "refs", m.revision)); err == nil {
		commit = strings.TrimSpace(string(text))
	}
	if !fs.ValidPath(commit) || commit == "." {
		return "", nil
	}
	dir = filepath.Join(m.dir, "snapshots", commit)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", nil
	}
	if lack := encoderLack(folderHas(dir)); lack != nil {
		return dir, fmt.Errorf("%s: %w", dir, lack)
	}
	return dir, nil
}

// settled tells a snapshot with all its files from one that was interrupted,
// or made by a client that knows nothing of modules.json: there the pooling would be guessed.
func (m hubModel) settled(dir string) bool {
	if _, err := os.Stat(m.mark(filepath.Base(dir))); err == nil {
		return true
	}
	text, err := os.ReadFile(filepath.Join(dir, "modules.json"))
	if err != nil {
		return false
	}
	var modules []struct{ Path, Type string }
	if json.Unmarshal(text, &modules) != nil {
		return true // for the encoder to complain of
	}
	for _, module := range modules {
		if module.Path == "" || strings.HasSuffix(module.Type, "Normalize") {
			continue // these have no files of their own
		}
		if _, err := os.Stat(filepath.Join(dir, module.Path, "config.json")); err != nil {
			return false
		}
	}
	return true
}

// mark is a file that says we have seen the hub's list for that commit.
func (m hubModel) mark(commit string) string { return filepath.Join(m.dir, ".gradus-"+commit) }

// fetch brings the revision's encoder files into the cache. Its ref appears once all are there and verified.
func (m hubModel) fetch(ctx context.Context, opts Options) (string, error) {
	lock := filepath.Join(m.cache, ".locks", filepath.Base(m.dir), "gradus.lock")
	if err := os.MkdirAll(filepath.Dir(lock), 0o777); err != nil {
		return "", err
	}
	held, err := durable.LockWait(ctx, lock, nil)
	if err != nil {
		return "", err
	}
	defer held.Unlock()
	if dir, lack := m.cached(); dir != "" && lack == nil && m.settled(dir) { // another process was faster
		return dir, nil
	}
	h := newHub()
	list, err := h.list(ctx, m.repo, m.revision)
	if err != nil {
		return "", err
	}
	if err := encoderLack(list.has); err != nil {
		return "", err
	}
	if err := m.fetchFiles(ctx, h, list, opts); err != nil {
		return "", err
	}
	for _, file := range []struct{ path, text string }{
		{m.mark(list.Commit), ""},
		{filepath.Join(m.dir, "refs", m.revision), list.Commit},
	} {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o777); err != nil {
			return "", err
		}
		if err := durable.WriteFile(file.path, func(w io.Writer) error { _, err := io.WriteString(w, file.text); return err }); err != nil {
			return "", err
		}
	}
	return filepath.Join(m.dir, "snapshots", list.Commit), nil
}

func (m hubModel) fetchFiles(ctx context.Context, h *hub, list hubList, opts Options) error {
	for _, sub := range []string{"blobs", "snapshots"} {
		if err := os.MkdirAll(filepath.Join(m.dir, sub), 0o777); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(m.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var done, total int64
	for _, file := range list.Files {
		if wantedFile(file.Name) {
			total += file.Size
		}
	}
	for _, file := range list.Files {
		snapshot := path.Join("snapshots", list.Commit, file.Name)
		if !wantedFile(file.Name) {
			continue
		}
		if _, err := root.Stat(snapshot); err != nil {
			err := m.fetchFile(ctx, h, root, hubFile{m.repo, list.Commit, file.Name, -1}, func(have int64) {
				if opts.Progress != nil {
					opts.Progress(m.repo, min(done+have, total), total)
				}
			})
			if isNoRoom(err) {
				return fmt.Errorf("%s: no room on the disk for the encoder's %d bytes: %w", m.cache, total, err)
			}
			if err != nil {
				return err
			}
		}
		done += file.Size
	}
	return nil
}
