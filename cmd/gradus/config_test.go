package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzReadConfig holds that no file of settings is read without a word of it
// being a flag's, and that nothing that looks like a secret comes through.
func FuzzReadConfig(f *testing.F) {
	for _, seed := range []string{
		"train: {loss: kl, lr: 3e-5}\n", "offline: true\nindex: {insert: {memory: 512}}\n", "# nothing\n", "evaluate:\n  measure: [P@1, RR@10]\n",
		"store: {push: {to: \"postgres://me:canary@db/v\"}}\n", "model: sk-canary-0123456789\n", "a: &a [*a]\n", "train: {<<: {loss: kl}}\n", "? [x]\n: y\n", "--- a\n--- b\n", "\xff",
	} {
		f.Add([]byte(seed))
	}
	root := quietRoot()
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		settings, err := readConfig(path, root)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path) {
				t.Errorf("want the file's place in an error, got %v", err)
			}
			return
		}
		for _, s := range settings {
			for _, value := range s.values {
				if holdsSecret(value) {
					t.Errorf("took %q", value)
				}
			}
		}
	})
}
