package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNothingIsColoured holds what is said of NO_COLOR: no code writes a colour,
// so that there is none to leave out.
func TestNothingIsColoured(t *testing.T) {
	colour := regexp.MustCompile(`(?:\\x1b|\\033|\\u001b|\\e)\[[0-9;]*m`)
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "bench" || entry.Name() == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && colour.Match(text) {
			t.Errorf("%s: want no colours", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
