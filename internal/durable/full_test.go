//go:build linux || darwin

package durable

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A disk that fills up in the middle of a record costs that record only.
func TestLogOnFullDisk(t *testing.T) {
	if path := os.Getenv("DURABLE_TEST_FULL"); path != "" {
		appendOnFullDisk(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "log")
	child := exec.Command(os.Args[0], "-test.run=^TestLogOnFullDisk$")
	child.Env = append(os.Environ(), "DURABLE_TEST_FULL="+path)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantRecords(t, path, "before", "after")
}

// appendOnFullDisk uses a limit on the size of files, which only a process of its own may set.
func appendOnFullDisk(t *testing.T, path string) {
	signal.Ignore(syscall.SIGXFSZ)
	log, err := OpenLog(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := log.Append([]byte("before")); err != nil {
		t.Fatal(err)
	}
	full := old
	full.Cur = 1000
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	if err := log.Append(bytes.Repeat([]byte("x"), 5000)); !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("want %v, got %v", syscall.EFBIG, err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Append([]byte("after")), log.Close()); err != nil {
		t.Fatal(err)
	}
}
