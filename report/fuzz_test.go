package report

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzOpen reads an experiment's file; one that is taken can be shown.
func FuzzOpen(f *testing.F) {
	whole, err := json.Marshal(sample(plain))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for _, seed := range []string{`{}`, `{"arms": [{"name": "a"}]}`, `{"measures": ["nDCG@10"], "collections": [{"name": "c", "split": "test", "query_ids": ["q"]}]}`, `null`, `[]`} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, ExperimentFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Open(dir)
		if err != nil {
			return
		}
		if err := Page(io.Discard, e); err != nil {
			t.Error(err)
		}
		if err := Markdown(io.Discard, e); err != nil {
			t.Error(err)
		}
	})
}
