//go:build linux

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/store/storetest"
)

// TestStoreScripts runs gradus store as a user types it, against servers of its own.
func TestStoreScripts(t *testing.T) {
	postgres, qdrant := storetest.Postgres(t), storetest.NewQdrant(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/store",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("POSTGRES", postgres.URL)
			env.Setenv("QDRANT", qdrant.URL)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "vectors": vectors},
	})
}
