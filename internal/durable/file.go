// Package durable holds the ways gradus puts bytes on disk: files and folders
// that appear whole or not at all, logs that survive a crash, locks between
// processes, and the manifest every output folder carries.
package durable

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile replaces path with what write wrote, whole or not at all.
// The bytes go to a hidden file beside path, which is synced and renamed once
// write returned nil. On an error or a panic nothing is left and a file that
// was there before is untouched. The writer is buffered; path's folder must exist.
func WriteFile(path string, write func(w io.Writer) error) (err error) {
	// 0666 minus the umask, as os.Create has it; os.CreateTemp's 0600 would
	// hide outputs from the user's group.
	temp := beside(path)
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed { // also when write panicked
			file.Close()
			os.Remove(temp)
		}
	}()

	buffered := bufio.NewWriterSize(file, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	renamed = true
	return syncFolder(filepath.Dir(path))
}

// CreateFolder makes dir with what fill put into the folder it is given,
// whole or not at all. The work happens in a hidden folder beside dir, whose
// files are synced and which is renamed once fill returned nil; on an error or
// a panic it is removed. A dir that exists already is an error that wraps
// fs.ErrExist, found before fill is called. Missing parents are made.
func CreateFolder(dir string, fill func(temp string) error) error {
	dir = filepath.Clean(dir)
	if err := mustNotExist(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	temp := beside(dir)
	if err := os.Mkdir(temp, 0o777); err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			os.RemoveAll(temp)
		}
	}()

	if err := fill(temp); err != nil {
		return err
	}
	if err := syncTree(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil { // also where someone made dir meanwhile
		return err
	}
	renamed = true
	return syncFolder(filepath.Dir(dir))
}

func mustNotExist(dir string) error {
	_, err := os.Lstat(dir)
	switch {
	case err == nil:
		return fmt.Errorf("%s: want a path that does not exist yet: %w", dir, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

// HashFile returns the hex SHA-256 of the file's bytes.
func HashFile(path string) (string, error) { return HashFileContext(context.Background(), path) }

// HashFileContext is HashFile for a file that may be large: it ends with ctx's error once ctx is done.
func HashFileContext(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, stoppable{ctx, file}); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// stoppable reads until its context is done.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// beside names a hidden path in the same folder, so that the rename stays on one file system.
func beside(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp-"+rand.Text()[:10])
}

func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return syncFolder(path)
		case !entry.Type().IsRegular():
			return nil
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return file.Sync()
	})
}

// syncFolder makes the names in dir durable; Windows has no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
