// Package assets brings what gradus needs and does not carry: the XLA plugin,
// the demo's encoder, llama.cpp's libraries and the embedded LLMs.
//
// manifest.json pins each file by its SHA-256 and names, best first, who has
// it. What is on the machine already is used before anything is fetched. A
// file is verified once, when it comes; an asset's folder then appears whole
// in the cache. What an interrupted fetch verified is kept for the next one.
package assets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Options say how to get an asset; the zero value fetches silently.
type Options struct {
	// Offline opens no socket and starts no package client. So do HF_HUB_OFFLINE=1 and GRADUS_OFFLINE=1.
	Offline bool
	// Progress, when not nil, is told how many of an asset's bytes are here.
	// It is called from one goroutine at a time, not always the caller's.
	Progress func(asset string, done, total int64)
}

// Path returns the folder of an asset's verified files, fetching what is
// missing on first use. The names are List's. Two calls at once, in one
// process or two, fetch once. Where the user has a plugin in an asset's place,
// see OwnPlugin, its folder is returned as it is.
func Path(ctx context.Context, name string, opts Options) (string, error) {
	asset, err := find(name)
	if err != nil {
		return "", err
	}
	if dir, err := asset.own(); dir != "" || err != nil {
		return dir, err
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, asset.folderName())
	if asset.whole(dir) == nil {
		return dir, nil
	}
	if !asset.runsHere() {
		return "", asset.platformError()
	}
	return dir, ensure(ctx, asset, root, opts)
}

// Root is the folder assets are kept in: $GRADUS_HOME/assets, else $XDG_CACHE_HOME/gradus/assets,
// else ~/.cache/gradus/assets. It may not exist yet.
func Root() (string, error) {
	if home := os.Getenv("GRADUS_HOME"); home != "" {
		home, err := filepath.Abs(home)
		return filepath.Join(home, "assets"), err
	}
	cache, err := userCache()
	return filepath.Join(cache, "gradus", "assets"), err
}

// userCache follows the XDG specification, which has relative paths ignored.
func userCache() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for caches: %w; set GRADUS_HOME", err)
	}
	return filepath.Join(home, ".cache"), nil
}

func (a Asset) platformError() error {
	hint := ""
	if a.Replaceable {
		hint = fmt.Sprintf("; set %s to a folder with %s for this machine", pluginPathsVariable, a.Files[0].Path)
	}
	return fmt.Errorf("asset %q: want a machine of %s, got %s%s", a.Name, a.Platform, platform, hint)
}
