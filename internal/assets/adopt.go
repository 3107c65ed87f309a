package assets

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
)

// adoptFolder takes the good files out of a folder that lost some, and removes it.
func (s *staging) adoptFolder(dir string) error {
	if _, err := os.Lstat(dir); err != nil {
		return nil
	}
	for _, file := range s.missing() {
		path := filepath.Join(dir, filepath.FromSlash(file.Path))
		if hash, err := durable.HashFile(path); err == nil && hash == file.SHA256 {
			if err := s.adopt(path, file, os.Rename); err != nil {
				return err
			}
		}
	}
	return os.RemoveAll(dir)
}

// adoptHubCache takes over files that a hub client left on this machine, whatever revision they came with.
func (s *staging) adoptHubCache(ctx context.Context) error {
	for _, source := range s.asset.Sources {
		if source.Kind != "hub" {
			continue
		}
		for _, file := range s.missing() {
			path := findInHubCache(ctx, source.Repo, file)
			if path == "" {
				continue
			}
			// A link costs no room and outlives the other cache; it needs both on one disk.
			if s.adopt(path, file, os.Link) == nil {
				continue
			}
			if err := s.copy(path, file); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// adopt places a file whose hash was just checked among the verified ones.
func (s *staging) adopt(path string, file File, place func(from, to string) error) error {
	if err := s.root.MkdirAll(filepath.Dir(verified(file)), 0o777); err != nil {
		return s.noRoom(err)
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	s.root.Remove(partial(file))
	return place(path, filepath.Join(s.dir, verified(file)))
}

func (s *staging) copy(path string, file File) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := s.append(file, 0, in); err != nil {
		return err
	}
	return s.finish(file)
}
