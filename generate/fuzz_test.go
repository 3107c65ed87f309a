package generate

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadBatch reads the answers to a batch, which come from a service.
func FuzzReadBatch(f *testing.F) {
	for _, seed := range []string{
		`{"id": "1", "custom_id": "q%2F1/passage/0", "response": {"status_code": 200, "body": {"model": "m", "choices": [{"message": {"content": "text"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}}, "error": null}`,
		`{"custom_id": "a/b/c"}`, `{"custom_id": "a/b/1", "response": null}`, `{"custom_id": "%zz/b/1", "response": {"status_code": 200}}`, "\n\n", `[`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "answers.jsonl")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		answers, _, err := readBatch(path)
		if err != nil {
			return
		}
		for k := range answers {
			if got, ok := keyOf(customID(k)); !ok || got != k {
				t.Errorf("%+v comes back from a batch as %+v", k, got)
			}
		}
	})
}

// FuzzImportLists reads graded lists that others wrote: a collection comes of
// them whole, or none.
func FuzzImportLists(f *testing.F) {
	for _, seed := range []string{
		`{"query": "what is drag", "documents": [{"text": "a force", "grade": 3}, {"text": "tea", "grade": 0, "id": "tea", "title": "T"}]}`,
		`{"query_id": "7", "query": "x", "documents": [{"text": "a", "grade": 9}]}`, `{"query": "x"}`, `{"documents": [{}]}`, "", "[]",
		`{"query_id": "../7", "query": "x", "documents": [{"text": "a\tb", "grade": 1, "id": "a\tb"}]}`,
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	path, out := filepath.Join(dir, "lists.jsonl"), filepath.Join(dir, "out")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		summary, err := ImportLists(ListOptions{Out: out, Split: "train", Paths: []string{path}})
		_, missing := os.Stat(filepath.Join(out, "qrels", "train.tsv"))
		if (err == nil) != (missing == nil) || err == nil && summary.Documents == 0 {
			t.Errorf("got %+v, %v, and a folder: %v", summary, err, missing)
		}
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	})
}
