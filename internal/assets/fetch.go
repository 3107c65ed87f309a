package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gradus-ir/gradus/internal/durable"
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
		if err := offline(opts); err != nil {
			return fmt.Errorf("asset %q (%s): missing in %s, %d bytes, and %w; run gradus setup %s where there is a network, "+
				"or copy that folder from a machine that has it", asset.Name, asset.Description, dir, asset.download(missing), err, asset.Name)
		}
		if err := stage.fetch(ctx, opts); err != nil {
			return fmt.Errorf("asset %q: %w", asset.Name, err)
		}
	}
	return stage.publish(dir)
}

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
	h := newHub()
	for _, file := range s.missing() {
		sink := hubSink{
			have: func() int64 { return s.have(file) },
			write: func(offset int64, body io.Reader) error {
				return s.append(file, offset, progress.watch(body))
			},
		}
		if _, err := h.download(ctx, hubFile{source.Repo, source.Revision, file.Path, file.Size}, sink); err != nil {
			return err
		}
		if err := s.finish(file); err != nil {
			return err
		}
	}
	return nil
}

// reporter turns what is staged into calls of Options.Progress that never go back.
type reporter struct {
	mu    sync.Mutex
	stage *staging
	tell  func(asset string, done, total int64)
	most  int64
	last  time.Time
}

func newReporter(s *staging, opts Options) *reporter {
	r := &reporter{stage: s, tell: opts.Progress}
	r.report(0)
	return r
}

// report says that inFlight bytes are on their way besides those staged.
func (r *reporter) report(inFlight int64) {
	if r.tell == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last) < 100*time.Millisecond {
		return
	}
	r.last = time.Now()
	done := inFlight
	for _, file := range r.stage.asset.Files {
		done += r.stage.have(file)
	}
	total := r.stage.asset.Size()
	r.most = max(r.most, min(done, total))
	r.tell(r.stage.asset.Name, r.most, total)
}

// watch reports while body is read.
func (r *reporter) watch(body io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		r.report(0)
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
