package durable

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	got := names(t, dir)
	if len(got) != len(want) {
		t.Fatalf("%s: want files %q, got %q", dir, want, got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: want files %q, got %q", dir, want, got)
		}
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var errBroken = errors.New("broken")

func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, want := range []string{"first, and longer", "second"} {
		err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, want); return err })
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, path); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	wantNames(t, dir, "a")

	// As readable as any file the user makes; a private temporary file would not be.
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	want, _ := os.Stat(plain)
	got, _ := os.Stat(path)
	if got.Mode() != want.Mode() {
		t.Errorf("want mode %v, got %v", want.Mode(), got.Mode())
	}
}

func TestWriteFileLeavesNothingOnFailure(t *testing.T) {
	for name, fail := range map[string]func(w io.Writer) error{
		"error": func(w io.Writer) error { io.WriteString(w, "half"); return errBroken },
		"panic": func(w io.Writer) error { io.WriteString(w, "half"); panic(errBroken) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			if err := os.WriteFile(path, []byte("before"), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := recovered(func() error { return WriteFile(path, fail) }); err != errBroken {
				t.Errorf("want %v, got %v", errBroken, err)
			}
			wantNames(t, dir, "a")
			if got := text(t, path); got != "before" {
				t.Errorf("want the old text, got %q", got)
			}
		})
	}
}

func recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	return f()
}

func TestCreateFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "runs", "one")
	err := CreateFolder(dir, func(temp string) error {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("want no %s before fill returned, got %v", dir, err)
		}
		if err := os.Mkdir(filepath.Join(temp, "sub"), 0o777); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(temp, "sub", "a"), []byte("x"), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantNames(t, filepath.Dir(dir), "one")
	wantNames(t, filepath.Join(dir, "sub"), "a")

	err = CreateFolder(dir, func(string) error { t.Error("fill called for a folder that exists"); return nil })
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("want %v, got %v", fs.ErrExist, err)
	}
}

func TestCreateFolderLeavesNothingOnFailure(t *testing.T) {
	for name, end := range map[string]func() error{
		"error": func() error { return errBroken },
		"panic": func() error { panic(errBroken) },
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			err := recovered(func() error {
				return CreateFolder(filepath.Join(parent, "one"), func(temp string) error {
					if err := os.WriteFile(filepath.Join(temp, "a"), []byte("x"), 0o666); err != nil {
						t.Fatal(err)
					}
					return end()
				})
			})
			if err != errBroken {
				t.Errorf("want %v, got %v", errBroken, err)
			}
			wantNames(t, parent)
		})
	}
}

// A folder that another process made while fill ran stays as that process left it.
func TestCreateFolderKeepsAnothersFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "one")
	err := CreateFolder(dir, func(temp string) error { return os.Mkdir(dir, 0o777) })
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("want %v, got %v", fs.ErrExist, err)
	}
	wantNames(t, parent, "one")
}

func TestHashFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(path, []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := HashFile(path)
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, example B.1
	if err != nil || got != want {
		t.Errorf("want %s, got %s, %v", want, got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := HashFileContext(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: want %v, got %v", context.Canceled, err)
	}
}
