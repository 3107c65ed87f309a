package main

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this test binary under the name gradus, each
// invocation its own process with its own exit status.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gradus": main})
}

// TestScripts runs the verbs as a user types them; each verb has its own
// testdata/script/VERB*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"tinymodel": tinyModel,
			"vectors":   vectors,
		},
	})
}

// exits is the script command `exits STATUS PROGRAM [ARG …]`: it runs the
// program and fails unless its exit status is STATUS. The script's stdout and
// stderr assertions see what it wrote.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG …]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("exits: want a number as status, got %q", args[0])
	}
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("exits: %v", err)
	}
	if got != want {
		ts.Fatalf("want exit status %d, got %d", want, got)
	}
}
