package assets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
)

// stampName is the file whose presence says that the folder's files were verified.
const stampName = "manifest.json"

// whole reports what keeps dir from being the asset's verified folder. It
// trusts the stamp and looks at sizes only: a hash takes as long as a model's loading.
func (a Asset) whole(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, stampName)); err != nil {
		return err
	}
	for _, file := range a.Files {
		if err := checkSize(dir, file); err != nil {
			return err
		}
	}
	for name := range a.Links {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func checkSize(dir string, file File) error {
	path := filepath.Join(dir, filepath.FromSlash(file.Path))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() != file.Size {
		return fmt.Errorf("%s: want a file of %d bytes, got %d", path, file.Size, info.Size())
	}
	return nil
}

// State is what the machine has of an asset.
type State struct {
	Asset    Asset
	Path     string // its folder, or where it will be
	Present  bool
	Own      bool   // the user's own files, not verified
	Damage   string // what is wrong with a folder that is there but not whole
	Runs     bool   // the files are for this platform
	Download int64  // bytes to fetch at most, 0 when present
}

// Status says what the machine has of an asset without fetching or hashing anything.
func Status(name string) (State, error) {
	asset, err := find(name)
	if err != nil {
		return State{}, err
	}
	if dir, err := asset.own(); dir != "" && err == nil {
		return State{Asset: asset, Path: dir, Present: true, Own: true, Runs: true}, nil
	}
	root, err := Root()
	if err != nil {
		return State{}, err
	}
	state := State{Asset: asset, Path: filepath.Join(root, asset.folderName()), Runs: asset.runsHere()}
	err = asset.whole(state.Path)
	if err == nil {
		state.Present = true
		return state, nil
	}
	if _, there := os.Stat(state.Path); there == nil {
		state.Damage = err.Error()
	}
	state.Download = asset.download(missingIn(stageFolder(root, asset), asset))
	return state, nil
}

// Verify hashes every file of an asset that is present and says which one is
// not what the manifest pins. The user's own files are not pinned and pass.
func Verify(ctx context.Context, name string) error {
	state, err := Status(name)
	if err != nil || state.Own {
		return err
	}
	if err := state.Asset.whole(state.Path); err != nil {
		return fmt.Errorf("asset %q: %w", name, err)
	}
	for _, file := range state.Asset.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(state.Path, filepath.FromSlash(file.Path))
		got, err := durable.HashFile(path)
		if err != nil {
			return err
		}
		if got != file.SHA256 {
			return fmt.Errorf("asset %q: %w; remove %s and run gradus setup %s", name,
				hashError(path, file.SHA256, got), state.Path, name)
		}
	}
	return nil
}

func hashError(path, want, got string) error {
	return fmt.Errorf("%s: want SHA-256 %s, got %s", path, want, got)
}
