package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gradus-ir/gradus/internal/hub"
)

const platform = runtime.GOOS + "/" + runtime.GOARCH

// ensure puts the asset's folder in place: out of what the machine has, then out of its sources in order.
func ensure(ctx context.Context, asset Asset, root string, opts Options) error {
	stage, err := openStaging(ctx, root, asset)
	if err != nil {
		return err
	}
	defer stage.close()
	dir := filepath.Join(root, asset.folderName())
	if asset.whole(dir) == nil { // another process was faster
		return nil
	}
	if err := stage.adoptFolder(dir); err != nil {
		return err
	}
	if err := stage.adoptHubCache(ctx); err != nil {
		return err
	}
	if missing := stage.missing(); len(missing) > 0 {
		if err := hub.Offline(opts.Offline); err != nil {
			return fmt.Errorf("asset %q (%s): missing in %s, %d bytes, and %w; run gradus setup %s where there is a network, "+
				"or copy that folder from a machine that has it", asset.Name, asset.Description, dir, asset.download(missing), err, asset.Name)
		}
		if err := stage.fetch(ctx, opts); err != nil {
			return fmt.Errorf("asset %q: %w", asset.Name, err)
		}
	}
	return stage.publish(dir)
}

// fetch asks the sources in order for what is missing. Its error, when all
// failed, has a line for each. An interruption or a full disk ends it at once.
func (s *staging) fetch(ctx context.Context, opts Options) error {
	if free, ok := FreeBytes(s.dir); ok && free < s.needed() {
		return s.noRoom(fmt.Errorf("%d are free: %w", free, syscall.ENOSPC))
	}
	progress := newReporter(s, opts)
	var failures []string
	for _, source := range s.asset.Sources {
		err := s.fetchFrom(ctx, source, progress)
		if err == nil {
			progress.last = time.Time{}
			progress.report(0)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isNoRoom(err) {
			return err
		}
		failures = append(failures, fmt.Sprintf("  %s: %v", source, err))
	}
	return fmt.Errorf("none of its sources gave it:\n%s", strings.Join(failures, "\n"))
}

// fetchFrom gets what is missing from one source. Where the bytes are wrong and
// it went on with some that were there before, those may be the wrong ones: it starts over once.
func (s *staging) fetchFrom(ctx context.Context, source Source, progress *reporter) error {
	resumed := false
	for _, file := range s.missing() {
		resumed = resumed || s.have(file) > 0
	}
	get := s.fetchPackages
	if source.Kind == "hub" {
		get = s.fetchHub
	}
	err := get(ctx, source, progress)
	if errors.Is(err, errWrong) && resumed {
		err = get(ctx, source, progress)
	}
	return err
}

func (s *staging) fetchPackages(ctx context.Context, source Source, progress *reporter) error {
	for _, p := range source.Packages {
		if err := s.fetchPackage(ctx, source.Kind, p, progress); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func (s *staging) fetchHub(ctx context.Context, source Source, progress *reporter) error {
	client := hub.New()
	for _, file := range s.missing() {
		sink := hub.Sink{
			Have: func() int64 { return s.have(file) },
			Write: func(offset int64, body io.Reader) error {
				return s.append(file, offset, progress.watch(body))
			},
		}
		if _, err := client.Download(ctx, hub.File{Repo: source.Repo, Revision: source.Revision, Path: file.Path, Size: file.Size}, sink); err != nil {
			return err
		}
		if err := s.finish(file); err != nil {
			return err
		}
	}
	return nil
}
