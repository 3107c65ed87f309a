package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckOwn is an error where dir holds something and not the log that whoever
// fills such a folder begins with: then what is there is somebody else's, and
// nothing of it may be replaced. A dir that is missing or empty passes. Lock
// files count as nothing: a crash leaves them behind.
func CheckOwn(dir, log string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	foreign := ""
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == log:
			return nil
		case foreign == "" && filepath.Ext(name) != ".lock":
			foreign = name
		}
	}
	if foreign == "" {
		return nil
	}
	return fmt.Errorf("%s: want a new folder, or one with the %s of an earlier run, got one with %s; take another folder", dir, log, foreign)
}
