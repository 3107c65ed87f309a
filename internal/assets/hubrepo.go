package assets

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/hub"
)

// hubRepo is a model or a data set in the hub cache, in the layout that hub clients share:
//
//	models--owner--name/refs/<branch>                 the commit it stands for
//	models--owner--name/blobs/<etag>                  contents
//	models--owner--name/snapshots/<commit>/<path>     links to blobs
type hubRepo struct {
	hubKind
	repo     string
	revision string // a branch, a tag or a commit
	cache    string
	dir      string // models--owner--name
}

// hubKind is what a repository is to be, and which of its files are wanted for that.
type hubKind struct {
	name   string                                    // for people
	folder string                                    // in addresses and the cache
	path   string                                    // before owner/name in a file's address
	wanted func(file string) bool                    // whether it is of use
	lack   func(has func(pattern string) bool) error // what the files lack, nil for nothing
	whole  func(dir string) bool                     // whether a snapshot of another client has all of them
}

func newHubRepo(kind hubKind, repo, revision string) (hubRepo, error) {
	cache, err := hub.Cache()
	if revision == "" {
		revision = "main"
	}
	return hubRepo{kind, repo, revision, cache, repoFolder(cache, kind.folder, repo)}, err
}

// snapshot is the snapshot's folder, from the cache or else through the hub.
func (m hubRepo) snapshot(ctx context.Context, opts Options) (string, error) {
	dir, lack := m.cached()
	if dir != "" && lack == nil && m.settled(dir) {
		return dir, nil
	}
	if err := hub.Offline(opts.Offline); err != nil {
		if dir != "" && lack == nil {
			return dir, nil
		}
		if lack == nil {
			lack = fmt.Errorf("no snapshot in %s", m.dir)
		}
		return "", fmt.Errorf("%s %s: %w, and %w; run the same command once where there is a network", m.name, m.repo, lack, err)
	}
	fetched, err := m.fetch(ctx, opts)
	if err != nil && dir != "" && lack == nil && ctx.Err() == nil {
		return dir, nil // the hub cannot say more than what another client left here
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", m.name, m.repo, err)
	}
	return fetched, nil
}

// cached returns the snapshot of the revision, "" where there is none, and what it lacks to be of its kind.
func (m hubRepo) cached() (dir string, lack error) {
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
	if lack := m.lack(folderHas(dir)); lack != nil {
		return dir, fmt.Errorf("%s: %w", dir, lack)
	}
	return dir, nil
}

// settled tells a snapshot with all its files from one that was interrupted or made by another client in part.
func (m hubRepo) settled(dir string) bool {
	if _, err := os.Stat(m.mark(filepath.Base(dir))); err == nil {
		return true
	}
	return m.whole(dir)
}

// mark is a file that says we have seen the hub's list for that commit.
func (m hubRepo) mark(commit string) string { return filepath.Join(m.dir, ".gradus-"+commit) }

// fetch brings the revision's wanted files into the cache. Its ref appears once all are there and verified.
func (m hubRepo) fetch(ctx context.Context, opts Options) (string, error) {
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
	client := hub.New()
	list, err := client.List(ctx, m.folder, m.repo, m.revision)
	if err != nil {
		return "", err
	}
	if err := m.lack(list.Has); err != nil {
		return "", err
	}
	if err := m.fetchFiles(ctx, client, list, opts); err != nil {
		return "", err
	}
	for _, file := range []struct{ path, text string }{
		{m.mark(list.Commit), ""},
		{filepath.Join(m.dir, "refs", m.revision), list.Commit},
	} {
		if file.text == m.revision { // a commit stands for itself
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file.path), 0o777); err != nil {
			return "", err
		}
		if err := durable.WriteFile(file.path, func(w io.Writer) error { _, err := io.WriteString(w, file.text); return err }); err != nil {
			return "", err
		}
	}
	return filepath.Join(m.dir, "snapshots", list.Commit), nil
}

func (m hubRepo) fetchFiles(ctx context.Context, client *hub.Client, list hub.List, opts Options) error {
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
		if m.wanted(file.Name) {
			total += file.Size
		}
	}
	for _, file := range list.Files {
		snapshot := path.Join("snapshots", list.Commit, file.Name)
		if !m.wanted(file.Name) {
			continue
		}
		if _, err := root.Stat(snapshot); err != nil {
			err := m.fetchFile(ctx, client, root, hub.File{Repo: m.path + m.repo, Revision: list.Commit, Path: file.Name, Size: -1}, func(have int64) {
				if opts.Progress != nil {
					opts.Progress(m.repo, min(done+have, total), total)
				}
			})
			if isNoRoom(err) {
				return fmt.Errorf("%s: no room on the disk for the %s's %d bytes: %w", m.cache, m.name, total, err)
			}
			if err != nil {
				return err
			}
		}
		done += file.Size
	}
	return nil
}
