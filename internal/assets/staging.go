package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gradus-ir/gradus/internal/durable"
)

// staging is where an asset comes together, beside its folder in the cache:
//
//	.staging/<folder name>/files/     verified files under their final paths, and
//	                                  as <path>.partial the first bytes of files still coming
//	.staging/<folder name>/packages/  packages being fetched
//
// It outlives an interrupted fetch. A partial file is the same file's prefix whichever source it
// comes from, so another source can go on with it. The lock is held while it is open.
type staging struct {
	dir   string
	root  *os.Root // dir: no path from a manifest or an archive leads out of it
	asset Asset
	lock  *durable.FileLock
}

func stageFolder(root string, asset Asset) string {
	return filepath.Join(root, ".staging", asset.folderName())
}

func openStaging(ctx context.Context, root string, asset Asset) (*staging, error) {
	s := &staging{dir: stageFolder(root, asset), asset: asset}
	err := os.MkdirAll(filepath.Dir(s.dir), 0o777)
	if err != nil {
		return nil, err
	}
	if s.lock, err = durable.LockWait(ctx, s.dir+".lock", nil); err != nil {
		return nil, err
	}
	if err = os.MkdirAll(s.dir, 0o777); err == nil {
		s.root, err = os.OpenRoot(s.dir)
	}
	if err != nil {
		s.lock.Unlock()
		return nil, err
	}
	return s, nil
}

// close keeps what was staged; folders that hold nothing go.
func (s *staging) close() {
	s.root.Close()
	for _, sub := range []string{"files", "packages", ""} {
		os.Remove(filepath.Join(s.dir, sub)) // fails, as it should, where there is something
	}
	s.lock.Unlock()
}

// verified and partial are a file's paths within the staging folder.
func verified(file File) string { return filepath.Join("files", filepath.FromSlash(file.Path)) }

func partial(file File) string { return verified(file) + ".partial" }

func (s *staging) missing() []File { return missingIn(s.dir, s.asset) }

func missingIn(stage string, asset Asset) []File {
	var missing []File
	for _, file := range asset.Files {
		if checkSize(filepath.Join(stage, "files"), file) != nil {
			missing = append(missing, file)
		}
	}
	return missing
}

// have is how many of a file's bytes are here, verified or not.
func (s *staging) have(file File) int64 {
	if info, err := s.root.Stat(verified(file)); err == nil {
		return info.Size()
	}
	if info, err := s.root.Stat(partial(file)); err == nil {
		return min(info.Size(), file.Size)
	}
	return 0
}

// append writes r into the partial file from offset on. No more than the
// file's size is ever written, plus a byte that gives a longer body away.
func (s *staging) append(file File, offset int64, r io.Reader) error {
	if err := s.root.MkdirAll(filepath.Dir(partial(file)), 0o777); err != nil {
		return s.noRoom(err)
	}
	return s.noRoom(writePartial(s.root, partial(file), offset, io.LimitReader(r, file.Size-offset+1)))
}

// writePartial makes r the file's content from offset on; what came of r is kept when it fails.
func writePartial(root *os.Root, name string, offset int64, r io.Reader) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.Truncate(offset); err != nil {
		return err
	}
	if _, err := out.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(onDisk(out), r); err != nil {
		return err
	}
	return errors.Join(out.Sync(), out.Close())
}

// onDisk lets a test put a full disk between a file and its bytes.
var onDisk = func(w io.Writer) io.Writer { return w }

// errWrong is wrapped by the error of a source that sent other bytes than the manifest pins.
var errWrong = errors.New("not the pinned file")

// finish verifies a partial file that has all its bytes and moves it among the verified ones. Wrong bytes are removed.
func (s *staging) finish(file File) error {
	got, size, err := s.hash(partial(file))
	if err != nil {
		return err
	}
	if size == file.Size && got == file.SHA256 {
		return s.root.Rename(partial(file), verified(file))
	}
	s.root.Remove(partial(file))
	if size != file.Size {
		return fmt.Errorf("%s: %w: want %d bytes, got %d", file.Path, errWrong, file.Size, size)
	}
	return fmt.Errorf("%w: %w", errWrong, hashError(file.Path, file.SHA256, got))
}

// take stages a member of a package, and verifies the file it completes.
func (s *staging) take(m Member, r io.Reader) error {
	for _, file := range s.asset.Files {
		if file.Path != m.File {
			continue
		}
		if have := s.have(file); have < m.Offset {
			return fmt.Errorf("%s: want the first %d bytes from the packages before, got %d", file.Path, m.Offset, have)
		}
		if err := s.append(file, m.Offset, r); err != nil {
			return err
		}
		if m.Offset+m.Size == file.Size {
			return s.finish(file)
		}
	}
	return nil
}

func (s *staging) hash(name string) (string, int64, error) {
	in, err := s.root.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, in)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

// publish moves the verified files to dir as one folder, with the stamp that says so.
func (s *staging) publish(dir string) error {
	err := durable.CreateFolder(dir, func(temp string) error {
		for _, file := range s.asset.Files {
			path := filepath.Join(temp, filepath.FromSlash(file.Path))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := os.Rename(filepath.Join(s.dir, verified(file)), path); err != nil {
				return err
			}
		}
		for name, target := range s.asset.Links {
			if err := os.Symlink(target, filepath.Join(temp, name)); err != nil {
				return err
			}
		}
		return durable.WriteManifest(temp, durable.Manifest{Verb: "setup", Options: map[string]any{
			"asset": s.asset.Name, "version": s.asset.Version, "licence": s.asset.Licence,
		}})
	})
	if err != nil {
		return s.noRoom(err)
	}
	return os.RemoveAll(s.dir)
}

// noRoom says, where err is a full disk's, which folder lacks how many bytes.
func (s *staging) noRoom(err error) error {
	if !isNoRoom(err) {
		return err
	}
	return fmt.Errorf("%s: no room on the disk: want %d bytes more; free them, or set GRADUS_HOME to a roomier folder (what is fetched is kept): %w",
		filepath.Dir(filepath.Dir(s.dir)), s.needed(), err)
}

func isNoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// needed is how many bytes of disk the rest of the asset takes at the worst moment.
func (s *staging) needed() int64 {
	var files, largest int64
	for _, file := range s.missing() {
		files += file.Size - s.have(file)
	}
	if files == 0 {
		return 0
	}
	for _, source := range s.asset.Sources {
		for _, p := range source.Packages {
			largest = max(largest, p.Size)
		}
	}
	return files + largest
}
