package assets

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/hub"
)

// repoFolder holds refs, blobs and snapshots of one repository. kind is models or datasets.
func repoFolder(cache, kind, repo string) string {
	return filepath.Join(cache, kind+"--"+strings.ReplaceAll(repo, "/", "--"))
}

// findInHubCache returns a file of the repository, of any revision, that has the pinned hash; "" where there is none.
func findInHubCache(ctx context.Context, repo string, file File) string {
	cache, err := hub.Cache()
	if err != nil {
		return ""
	}
	snapshots := filepath.Join(repoFolder(cache, "models", repo), "snapshots")
	revisions, _ := os.ReadDir(snapshots)
	for _, revision := range revisions {
		dir := filepath.Join(snapshots, revision.Name())
		if ctx.Err() != nil || checkSize(dir, file) != nil {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(file.Path))
		if hash, err := durable.HashFile(path); err == nil && hash == file.SHA256 {
			return path
		}
	}
	return ""
}
