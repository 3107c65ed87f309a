package durable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckOwn(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"a.log", "corpus.jsonl"}, ""},
		{[]string{"0", "a.log"}, ""},
		{[]string{".lock", "a.log.lock"}, ""},
		{[]string{".lock", "corpus.jsonl", "qrels"}, "want a new folder, or one with the a.log of an earlier run, got one with corpus.jsonl; take another folder"},
		{[]string{".git"}, "got one with .git"},
	} {
		dir := t.TempDir()
		for _, name := range c.names {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := CheckOwn(dir, "a.log"); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: want %q, got %v", c.names, c.want, err)
		}
		wantNames(t, dir, c.names...)
	}
	if err := CheckOwn(filepath.Join(t.TempDir(), "new"), "a.log"); err != nil {
		t.Errorf("a folder that is missing: %v", err)
	}
}
