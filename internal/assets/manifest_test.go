package assets

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/gradus-ir/gradus/internal/hub"
)

func TestManifest(t *testing.T) {
	for _, asset := range List() { // parsed and checked at start
		for _, source := range asset.Sources {
			if source.Kind == "hub" && !hub.IsCommit(source.Revision) {
				t.Errorf("%s: want a commit, which cannot move, got %q", asset.Name, source.Revision)
			}
		}
	}
	good, err := json.Marshal(map[string]any{"assets": manifest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseManifest(good); err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{
		`"path":"modules.json","size"`:       `"path":"../modules.json","size"`,
		`"path":"vocab.txt","size"`:          `"path":"/vocab.txt","size"`,
		`"sha256":"ad1309ac`:                 `"sha256":"AD1309AC`,
		`"name":"smollm2"`:                   `"name":"../smollm2"`,
		`"file":"vocab.txt"`:                 `"file":"vocab2.txt"`,
		`"offset":52428800`:                  `"offset":52428801`,
		`"kind":"npm"`:                       `"kind":"gem"`,
		`"libllama.so":"libllama.v0.5.0.so"`: `"libllama.so":"/etc/passwd"`,
	} {
		text := bytes.Replace(good, []byte(old), []byte(bad), 1)
		if bytes.Equal(text, good) {
			t.Fatalf("want %s in the manifest", old)
		}
		if _, err := parseManifest(text); err == nil {
			t.Errorf("want an error for %s, got none", bad)
		}
	}
}
