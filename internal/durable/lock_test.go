package durable

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for a second process that holds a lock until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("DURABLE_TEST_HOLD"); path != "" {
		lock, err := Lock(path)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Minute)
		lock.Unlock()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestLockNamesHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "DURABLE_TEST_HOLD="+path)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer holder.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("want the other process to hold the lock, got %q, %v", line, err)
	}

	_, err = Lock(path)
	want := fmt.Sprintf("by process %d", holder.Process.Pid)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), want) {
		t.Errorf("want %v %s, got %v", ErrLocked, want, err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := LockWait(ctx, path, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want %v, got %v", context.DeadlineExceeded, err)
	}

	// A holder that dies without unlocking does not keep the lock.
	var told error
	go func() { time.Sleep(20 * time.Millisecond); holder.Process.Kill() }()
	lock, err := LockWait(t.Context(), path, func(held error) { told = held })
	if err != nil {
		t.Fatal(err)
	}
	if told == nil || !strings.Contains(told.Error(), want) {
		t.Errorf("want to be told of the holder, got %v", told)
	}
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
	wantNames(t, filepath.Dir(path))
}

// Removing the file on Unlock must never let two holders in.
func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var inside, done atomic.Int32
	for range 8 {
		go func() {
			defer done.Add(1)
			for range 300 {
				lock, err := Lock(path)
				if errors.Is(err, ErrLocked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("want one holder, got %d", n)
				}
				time.Sleep(50 * time.Microsecond)
				inside.Add(-1)
				if err := lock.Unlock(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for done.Load() < 8 {
		time.Sleep(time.Millisecond)
	}
}
