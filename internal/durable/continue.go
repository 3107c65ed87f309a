package durable

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// ContinueFolder is CreateFolder for work that is too long to be lost: it
// happens in the folder work, which must be on dir's file system and stays
// where fill failed, so that the same call goes on with what fill finds there.
// Another process at the same work wraps ErrLocked.
func ContinueFolder(dir, work string, fill func() error) error {
	dir, work = filepath.Clean(dir), filepath.Clean(work)
	if err := mustNotExist(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(work), 0o777); err != nil {
		return err
	}
	lock, err := Lock(work + ".lock")
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if err := os.MkdirAll(work, 0o777); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	if err := syncTree(work); err != nil {
		return err
	}
	if err := os.Rename(work, dir); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// RawOptions are options as JSON has them, to be compared with what was written.
func RawOptions(options map[string]any) (map[string]json.RawMessage, error) {
	raw := make(map[string]json.RawMessage, len(options))
	for name, value := range options {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", name, err)
		}
		raw[name] = text
	}
	return raw, nil
}

// Differences tells what is not the same in two sets of options that were
// written as JSON, by name: what it was, and what it is.
func Differences(was, is map[string]json.RawMessage) []string {
	names := maps.Clone(was)
	if names == nil {
		names = make(map[string]json.RawMessage)
	}
	maps.Copy(names, is)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(was[name], is[name]) {
			all = append(all, fmt.Sprintf("its %s is %s, this one's %s", name, orNone(was[name]), orNone(is[name])))
		}
	}
	return all
}

func orNone(value json.RawMessage) string {
	if value == nil {
		return "none"
	}
	return string(value)
}
