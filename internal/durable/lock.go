package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped by the error of a Lock that someone else holds.
var ErrLocked = errors.New("locked")

// FileLock is a lock held on a file, between processes and within one.
// The operating system releases it when the process ends, however it ends.
type FileLock struct{ lock *flock.Flock }

// Lock takes the lock at path, making the file, or says at once which process
// holds it (an error that wraps ErrLocked). The file goes away with Unlock.
func Lock(path string) (*FileLock, error) {
	for {
		lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
		taken, err := lock.TryLock()
		if err != nil {
			return nil, err
		}
		if !taken {
			return nil, heldError(path)
		}
		// Between our open and our lock the last holder may have removed the
		// file: then we hold a name nobody else will ever see.
		held, err := lock.Stat()
		if err != nil {
			lock.Close()
			return nil, err
		}
		named, err := os.Stat(path)
		if err != nil || !os.SameFile(held, named) {
			lock.Close()
			continue
		}
		if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o666); err != nil {
			os.Remove(path)
			lock.Close()
			return nil, err
		}
		return &FileLock{lock}, nil
	}
}

// LockWait takes the lock at path as soon as it is free. waiting, when not
// nil, is called once with Lock's error if somebody holds it.
func LockWait(ctx context.Context, path string, waiting func(held error)) (*FileLock, error) {
	for {
		lock, err := Lock(path)
		if !errors.Is(err, ErrLocked) {
			return lock, err
		}
		if waiting != nil {
			waiting(err)
			waiting = nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Unlock removes the file and releases the lock.
func (l *FileLock) Unlock() error {
	removed := os.Remove(l.lock.Path()) // while held: a waiter must not lose a file it just locked
	if err := l.lock.Unlock(); err != nil {
		return err
	}
	if errors.Is(removed, os.ErrNotExist) {
		return nil
	}
	return removed
}

// heldError names the holder; a file not yet written by a holder that just took it names none.
func heldError(path string) error {
	text, _ := os.ReadFile(path)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return fmt.Errorf("%s: %w by process %d", path, ErrLocked, pid)
	}
	return fmt.Errorf("%s: %w by another process", path, ErrLocked)
}
