package assets

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// HubCache is the folder that hub clients share on a machine: HF_HUB_CACHE, else $HF_HOME/hub, else
// $XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
func HubCache() (string, error) {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir, nil
	}
	if home := os.Getenv("HF_HOME"); home != "" {
		return filepath.Join(home, "hub"), nil
	}
	cache, err := userCache()
	return filepath.Join(cache, "huggingface", "hub"), err
}

// repoFolder holds refs, blobs and snapshots of one repository. kind is models or datasets.
func repoFolder(cache, kind, repo string) string {
	return filepath.Join(cache, kind+"--"+strings.ReplaceAll(repo, "/", "--"))
}

// findInHubCache returns a file of the repository, of any revision, that has the pinned hash; "" where there is none.
func findInHubCache(ctx context.Context, repo string, file File) string {
	cache, err := HubCache()
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
