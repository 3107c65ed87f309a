package assets

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var tables = map[string]string{
	"README.md": "---\nconfigs: []\n---\n", "corpus/corpus-0.parquet": "PAR1 and so on", "queries.jsonl": "{}", "qrels/test.tsv": "a\tb\tc\n",
	"script.py": "import os", "corpus.bin": "no table",
}

func TestDatasetFromTheHub(t *testing.T) {
	newMachine(t)
	h := newFakeHub(t, tables)
	dir, err := Dataset(context.Background(), "owner/data@"+commit, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tables {
		got, err := os.ReadFile(filepath.Join(dir, name))
		wanted := wantedTable(name)
		if wanted && string(got) != text || !wanted && !os.IsNotExist(err) {
			t.Errorf("%s: want it wanted %v, got %q, %v", name, wanted, got, err)
		}
	}
	if want := filepath.Join(os.Getenv("HF_HOME"), "hub", "datasets--owner--data", "snapshots", commit); dir != want {
		t.Errorf("want the hub cache's folder %s, got %s", want, dir)
	}
	for _, r := range h.Requests() {
		if strings.Contains(r.URL.Path, "/resolve/") && !strings.HasPrefix(r.URL.Path, "/datasets/owner/data/resolve/"+commit+"/") {
			t.Errorf("want a data set's address, got %s", r.URL.Path)
		}
	}
	if refs, _ := os.ReadDir(filepath.Join(os.Getenv("HF_HOME"), "hub", "datasets--owner--data", "refs")); len(refs) > 0 {
		t.Errorf("want no ref of a commit, which stands for itself, got %v", refs)
	}
	h.Forget()
	if again, err := Dataset(context.Background(), "owner/data@"+commit, Options{}); err != nil || again != dir || len(h.Requests()) > 0 {
		t.Errorf("want it from the cache, got %s, %v, %d requests", again, err, len(h.Requests()))
	}
}

func TestDatasetErrors(t *testing.T) {
	newMachine(t)
	newFakeHub(t, map[string]string{"README.md": "", "data.csv": ""})
	for ref, want := range map[string]string{
		"owner/data":  "data set owner/data: want tables of parquet, jsonl or tsv, got none",
		"owner/other": "no such repository",
		"../x":        "../x: want the folder of a data set, or a hub id like owner/name; there is no such folder",
	} {
		if _, err := Dataset(context.Background(), ref, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", ref, want, err)
		}
	}
	if _, err := Dataset(context.Background(), "owner/data", Options{Offline: true}); err == nil || !strings.Contains(err.Error(), "data set owner/data: no snapshot in") {
		t.Errorf("offline: got %v", err)
	}
	dir := t.TempDir()
	if got, err := Dataset(context.Background(), dir, Options{}); err != nil || got != dir {
		t.Errorf("a folder: want itself, got %s, %v", got, err)
	}
}
