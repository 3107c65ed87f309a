package exchange

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

// theHub is one with a data set under several names, and an environment without a cache.
func theHub(t *testing.T) *hubtest.Server {
	for _, name := range []string{"HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "GRADUS_OFFLINE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("GRADUS_HOME", t.TempDir())
	h := hubtest.New(t)
	files := map[string]string{
		"corpus.jsonl": `{"_id": "d1", "text": "one"}` + "\n", "queries.jsonl": `{"_id": "q1", "text": "two"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\n",
	}
	scifact, err := Find("beir:scifact")
	if err != nil {
		t.Fatal(err)
	}
	h.Repos["datasets/owner/data"] = &hubtest.Repo{Files: files}
	h.Repos["datasets/"+scifact.Repository] = &hubtest.Repo{Files: files, Commit: scifact.Revision}
	return h
}

// However often and by whatever name a commit is asked for, it is imported once.
func TestFetchImportsOnce(t *testing.T) {
	h := theHub(t)
	var callers sync.WaitGroup
	dirs := make([]string, 4)
	for i := range dirs {
		callers.Go(func() {
			dir, err := Fetch(t.Context(), []string{"owner/data", "owner/data@" + hubtest.Commit}[i%2], assets.Options{})
			if err != nil {
				t.Error(err)
			}
			dirs[i] = dir
		})
	}
	callers.Wait()
	if want := filepath.Join(os.Getenv("GRADUS_HOME"), "collections", "owner", "data@"+hubtest.Commit); dirs[0] != want || dirs[1] != want || dirs[2] != want || dirs[3] != want {
		t.Errorf("want %s, got %q", want, dirs)
	}
	c, err := collection.Open(dirs[0])
	if err != nil || c.CheckSplit("test") != nil {
		t.Errorf("want a collection with a split test, got %v, %v", err, c.CheckSplit("test"))
	}
	// A pinned one needs neither the hub nor its cache any more; a branch needs the cache, to know what it is.
	h.Forget()
	if err := os.RemoveAll(os.Getenv("HF_HOME")); err != nil {
		t.Fatal(err)
	}
	if _, err := Fetch(t.Context(), "owner/data@"+hubtest.Commit, assets.Options{Offline: true}); err != nil || len(h.Requests()) > 0 {
		t.Errorf("want it from its folder, got %v and %d requests", err, len(h.Requests()))
	}
	if _, err := Fetch(t.Context(), "owner/data", assets.Options{Offline: true}); err == nil {
		t.Error("want to be told that it is not here")
	}
}

func TestFetchErrors(t *testing.T) {
	theHub(t)
	for ref, want := range map[string]string{
		"beir:scifact":      "this is not beir:scifact as it is known: want 5183 documents, got 1",
		"beir:cqadupstack":  "name one of them, such as beir:cqadupstack/",
		"beir:scifcat":      `unknown collection "beir:scifcat"`,
		"owner/none":        "there is no folder owner/none: data set owner/none: ",
		"owner/data@branch": "no revision branch",
	} {
		if _, err := Fetch(t.Context(), ref, assets.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", ref, want, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("GRADUS_HOME"), "collections", "*", "*", "*")); len(left) > 0 {
		t.Errorf("want nothing in part, got %q", left)
	}
}

// Folders, and what can be nothing else, are left as they are.
func TestFetchLeavesFolders(t *testing.T) {
	h := theHub(t)
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("owner/data", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"owner/data", "nowhere", "../up/there", "/abs/olute", "./owner/data"} {
		if dir, err := Fetch(t.Context(), ref, assets.Options{}); dir != ref || err != nil {
			t.Errorf("%s: want it as it is, got %s, %v", ref, dir, err)
		}
	}
	if got := len(h.Requests()); got > 0 {
		t.Errorf("want no request, got %d", got)
	}
}
