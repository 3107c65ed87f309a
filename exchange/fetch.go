package exchange

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/hub"
)

// IsRef tells whether a name that is no folder may stand for a collection
// elsewhere: a known one (beir:scifact), or a hub id, owner/name or owner/name@revision.
func IsRef(name string) bool { return IsName(name) || assets.IsHubID(name) }

// Fetch returns the BEIR folder of a collection: ref itself where that is a
// folder, and otherwise, where IsRef, what an import of it makes, kept beside
// gradus's assets as owner/name@commit. A known collection is held against the
// counts that it is known to have. Two calls at once, in one process or two, import once.
func Fetch(ctx context.Context, ref string, opts assets.Options) (string, error) {
	if info, err := os.Stat(ref); err == nil && info.IsDir() || !IsRef(ref) {
		return ref, nil // what is neither is for the reader to complain of
	}
	known, id := Known{}, ref
	if IsName(ref) {
		var err error
		if known, err = Find(ref); err != nil {
			return "", err
		}
		if len(known.Parts) > 0 {
			return "", fmt.Errorf("%s consists of collections that are searched each on its own; name one of them, such as %s", ref, known.Parts[0])
		}
		id = known.Repository + "@" + known.Revision
	}
	if repo, revision, _ := strings.Cut(id, "@"); hub.IsCommit(revision) { // which cannot have moved
		if dir, err := fetched(repo, revision); err != nil || isImport(dir) {
			return dir, err
		}
	}
	snapshot, err := assets.Dataset(ctx, id, opts)
	if err != nil {
		return "", fmt.Errorf("there is no folder %s: %w", ref, err)
	}
	repo, _, _ := strings.Cut(id, "@")
	dir, err := fetched(repo, filepath.Base(snapshot))
	if err != nil || isImport(dir) {
		return dir, err
	}
	return dir, importSnapshot(ctx, ref, known, snapshot, dir, opts)
}

// fetched is where the import of a repository's commit is.
func fetched(repo, commit string) (string, error) {
	root, err := assets.Root()
	return filepath.Join(filepath.Dir(root), "collections", filepath.FromSlash(repo)+"@"+commit), err
}

func isImport(dir string) bool {
	_, err := durable.ReadManifest(dir)
	return err == nil
}

func importSnapshot(ctx context.Context, ref string, known Known, snapshot, dir string, opts assets.Options) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	lock, err := durable.LockWait(ctx, dir+".lock", nil)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if isImport(dir) { // another process was faster
		return nil
	}
	source, err := Hub("", snapshot)
	if err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	write := WriteOptions{Verb: "import", Options: map[string]any{"from": ref}}
	if opts.Progress != nil {
		write.Progress = func(documents int64) { opts.Progress(ref, documents, 0) }
	}
	if known.Name != "" {
		maps.Copy(write.Options, known.Rules())
		write.Accept = known.Check
	}
	_, err = Write(ctx, source, dir, write)
	return err
}
