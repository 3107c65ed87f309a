package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestExamples runs the scripts of the folder examples, with a small encoder
// and a server that answers at once in place of a large LLM.
func TestExamples(t *testing.T) {
	server := httptest.NewServer(&llmtest.Server{Answer: fluent})
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/examples",
		RequireExplicitExec: true,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"tinymodel": tinyModel},
		Setup: func(env *testscript.Env) error {
			env.Setenv("LLM", server.URL+"/v1")
			env.Setenv("ENCODER", filepath.Join(env.WorkDir, "model"))
			return os.CopyFS(filepath.Join(env.WorkDir, "examples"), os.DirFS(filepath.Join(repository, "examples")))
		},
	})
}
