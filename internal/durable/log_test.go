package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// replayed opens the log, returns its records and closes it.
func replayed(path string) ([]string, error) {
	var records []string
	log, err := OpenLog(path, func(record []byte) error {
		records = append(records, string(record))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return records, log.Close()
}

func appended(t *testing.T, path string, records ...string) {
	t.Helper()
	log, err := OpenLog(path, func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if err := log.Append([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantRecords(t *testing.T, path string, want ...string) {
	t.Helper()
	got, err := replayed(path)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("want %q, got %q, %v", want, got, err)
	}
}

func TestLogKeepsRecords(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.log")
	long := strings.Repeat("x", 1<<17) // longer than the reader's buffer
	appended(t, path, `{"id":"1"}`, "", long)
	appended(t, path, "after\x00reopening\r")
	wantRecords(t, path, `{"id":"1"}`, "", long, "after\x00reopening\r")
	wantNames(t, dir, "ledger.log")
}

// Whatever prefix of the last record reached the disk, the records before it
// are there and the log goes on from them.
func TestLogCutsTornTailAtEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appended(t, path, "one", "two")
	whole := text(t, path)
	appended(t, path, "the third, torn")
	all := text(t, path)
	for end := len(whole); end < len(all); end++ {
		if err := os.WriteFile(path, []byte(all[:end]), 0o666); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, path, "one", "two")
		if got := text(t, path); got != whole {
			t.Fatalf("cut at %d: want %q left, got %q", end, whole, got)
		}
		appended(t, path, "third")
		wantRecords(t, path, "one", "two", "third")
	}
}

// Any single byte changed before the last newline is found, and the line named.
func TestLogNamesDamagedLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appended(t, path, "one", "two", "three")
	whole := text(t, path)
	for at := range len(whole) - 1 {
		damaged := []byte(whole)
		damaged[at] ^= 0x10
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		line := 1 + strings.Count(whole[:at], "\n")
		_, err := replayed(path)
		want := fmt.Sprintf("%s:%d: ", path, line)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("byte %d flipped: want an error at %q, got %v", at, want, err)
		}
		if got := text(t, path); got != string(damaged) {
			t.Fatalf("byte %d flipped: want the damaged file left as it was", at)
		}
	}
}

func TestLogReplayError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appended(t, path, "one", "two")
	_, err := OpenLog(path, func(record []byte) error {
		if string(record) == "two" {
			return errBroken
		}
		return nil
	})
	if want := path + ":2: broken"; err == nil || err.Error() != want || !errors.Is(err, errBroken) {
		t.Errorf("want %s, got %v", want, err)
	}
	wantRecords(t, path, "one", "two") // and the lock was let go
}

func TestLogRefusesRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := OpenLog(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append([]byte("two\nlines")); err == nil {
		t.Error("want an error for a record with a newline, got none")
	}
	if _, err := OpenLog(path, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("want %v while open, got %v", ErrLocked, err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	if err := log.Append([]byte("late")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("want %v, got %v", os.ErrClosed, err)
	}
	if err := log.Close(); err != nil {
		t.Errorf("want a second Close to do nothing, got %v", err)
	}
}

func TestLogConcurrentAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := OpenLog(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 4 {
				if err := log.Append(fmt.Appendf(nil, "%d/%d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := replayed(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 32 {
		t.Errorf("want 32 different records, got %q", got)
	}
}

func FuzzReadRecords(f *testing.F) {
	f.Add([]byte("aa2d6ed4 one\n"))
	f.Add([]byte("aa2d6ed4 one\naa2d6e"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var records []string
		keep := func(record []byte) error { records = append(records, string(record)); return nil }
		good, torn, err := readRecords(strings.NewReader(string(content)), keep)
		if err != nil {
			return
		}
		if torn != (good < int64(len(content))) {
			t.Errorf("want torn only where bytes are left over, got %d of %d, torn %v", good, len(content), torn)
		}
		again := 0
		goodAgain, torn, err := readRecords(io.LimitReader(strings.NewReader(string(content)), good),
			func(record []byte) error { again++; return nil })
		if goodAgain != good || torn || err != nil || again != len(records) {
			t.Errorf("want the good part to read the same, got %d, %v, %v", goodAgain, torn, err)
		}
	})
}
