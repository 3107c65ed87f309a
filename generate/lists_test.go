package generate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
)

func TestImportLists(t *testing.T) {
	dir := t.TempDir()
	lay := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// The published layout: generators beside each other, the queries elsewhere.
	queries := lay("msmarco/queries.jsonl", `{"_id": "7", "text": "what is flutter"}`+"\n"+`{"_id": "8", "text": "not judged"}`+"\n"+`{"_id": "9", "text": "what is lift"}`+"\n")
	for _, generator := range []string{"llama33_70b", "qwen25_32b"} {
		lay("sycl/"+generator+"/corpus.jsonl", `{"_id": "7-3", "text": "by `+generator+`"}`+"\n"+`{"_id": "9-0", "text": "none by `+generator+`"}`+"\n"+`{"_id": "x", "text": "not judged"}`+"\n")
		lay("sycl/"+generator+"/qrels/train.tsv", "query-id\tcorpus-id\tscore\n7\t7-3\t3\n9\t9-0\t0\n")
	}
	both := []string{filepath.Join(dir, "sycl/llama33_70b"), filepath.Join(dir, "sycl/qwen25_32b")}
	lists := lay("plain.jsonl", `{"query": "what is drag", "documents": [{"text": "a force", "grade": 3}, {"text": "tea", "grade": 0, "id": "tea", "title": "T"}]}`+"\n\n"+
		`{"query_id": "7", "query": "what is flutter", "documents": [{"text": "shaking", "grade": 2}]}`+"\n")

	out := filepath.Join(dir, "both")
	summary, err := ImportLists(ListOptions{Out: out, Split: "train", Paths: append(both, lists), Queries: queries})
	if err != nil || summary.Queries != 3 || summary.Documents != 7 || summary.Grades[3] != 3 || summary.Grades[0] != 3 || summary.Grades[2] != 1 {
		t.Fatalf("got %+v, %v", summary, err)
	}
	got := files(t, out)
	for file, want := range map[string]string{
		"corpus.jsonl":    `{"_id":"qwen25_32b/7-3","title":"","text":"by qwen25_32b"}`,
		"queries.jsonl":   `{"_id":"1","text":"what is drag"}`,
		"qrels/train.tsv": "7\tllama33_70b/7-3\t3\n9\tllama33_70b/9-0\t0\n7\tqwen25_32b/7-3\t3\n9\tqwen25_32b/9-0\t0\n1\tplain/1-1\t3\n1\tplain/tea\t0\n7\tplain/7-1\t2\n",
		"manifest.json":   "llama33_70b/corpus.jsonl",
	} {
		if !strings.Contains(got[file], want) {
			t.Errorf("%s: want %q in it, got %s", file, want, got[file])
		}
	}
	if summary, err := ImportLists(ListOptions{Out: filepath.Join(dir, "one"), Split: "train", Paths: both[:1], Queries: queries}); err != nil || summary.Documents != 2 {
		t.Errorf("got %+v, %v", summary, err)
	}
	if _, err := collection.Open(filepath.Join(dir, "one")); err != nil {
		t.Error(err)
	}
	for want, paths := range map[string][]string{
		"no such file":                                                  {filepath.Join(dir, "absent")},
		"plain2.jsonl:1: want {\"query\"":                               {lay("plain2.jsonl", `{"query": "x"}`)},
		`document 1 of query "1": want "text" and "grade"`:              {lay("plain3.jsonl", `{"query": "x", "documents": [{"text": "a"}]}`)},
		`query "7": want one text, got "other" after "what is flutter"`: {both[0], lay("plain4.jsonl", `{"query_id": "7", "query": "other", "documents": [{"text": "a", "grade": 1}]}`)},
		`query "1" has no text`:                                         {lay("plain5.jsonl", `{"documents": [{"text": "a", "grade": 1}]}`)},
		"no such split":                                                 {lay("nothing/corpus.jsonl", "")[:len(dir)+len("/nothing")]},
		"want graded lists, found none":                                 {lay("empty.jsonl", "")},
	} {
		out := filepath.Join(dir, "bad")
		if _, err := ImportLists(ListOptions{Out: out, Split: "train", Paths: paths, Queries: queries}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: want nothing written", want)
		}
	}
	short := lay("short.jsonl", `{"_id": "9", "text": "what is lift"}`)
	if _, err := ImportLists(ListOptions{Out: filepath.Join(dir, "bad"), Split: "train", Paths: both[:1], Queries: short}); err == nil || !strings.Contains(err.Error(), `found no "7", and lack 1 in all`) {
		t.Errorf("got %v", err)
	}
	if _, err := ImportLists(ListOptions{Out: filepath.Join(dir, "bad"), Split: "train", Paths: both[:1]}); err == nil || !strings.Contains(err.Error(), "queries.jsonl") {
		t.Errorf("want the missing queries named, got %v", err)
	}
}
