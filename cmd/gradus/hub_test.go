package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

// TestHubScripts runs what models and collections of the hub are named in, each
// script against a hub of its own.
func TestHubScripts(t *testing.T) {
	const token = "hf_scripted-token"
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/hub",
		RequireExplicitExec: true,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "tinymodel": tinyModel},
		Setup: func(env *testscript.Env) error {
			h := hubtest.Start()
			env.Defer(h.Stop)
			h.Token = token
			h.Repos["datasets/owner/tiny"] = &hubtest.Repo{Files: tinyDataset}
			h.Repos["datasets/owner/gated"] = &hubtest.Repo{Files: tinyDataset, Gated: true}
			env.Setenv("HF_ENDPOINT", h.URL)
			env.Setenv("HUB_TOKEN", token)
			env.Setenv("HF_HOME", filepath.Join(env.WorkDir, "hf"))
			env.Setenv("GRADUS_HOME", filepath.Join(env.WorkDir, "gradus"))
			return nil
		},
	})
}

// tinyDataset is a collection in the hub's layout.
var tinyDataset = map[string]string{
	"README.md": `---
configs:
- config_name: default
  data_files: [{split: train, path: qrels/train.jsonl}, {split: test, path: qrels/test.jsonl}]
- config_name: corpus
  data_files: [{split: corpus, path: corpus.jsonl}]
- config_name: queries
  data_files: [{split: queries, path: queries.jsonl}]
---
`,
	"corpus.jsonl": `{"_id": "d1", "title": "Heat", "text": "the flow of heat"}
{"_id": "d2", "title": "", "text": "the lift of a wing"}
{"_id": "d3", "title": "", "text": "a heated wing"}
`,
	"queries.jsonl": `{"_id": "q1", "text": "heat"}
{"_id": "q2", "text": "lift"}
`,
	"qrels/train.jsonl": `{"query-id": "q1", "corpus-id": "d1", "score": 2}
{"query-id": "q1", "corpus-id": "d3", "score": 1}
{"query-id": "q1", "corpus-id": "d2", "score": 0}
`,
	"qrels/test.jsonl": `{"query-id": "q2", "corpus-id": "d2", "score": 1}
`,
}
