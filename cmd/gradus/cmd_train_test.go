package main

import (
	"context"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/assets"
)

// tinyModel is the script command `tinymodel DIR`: it makes the folder of a
// small model with random weights, and lets the script find the XLA plugin,
// which its environment has no cache for.
func tinyModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tinymodel DIR")
	}
	if os.Getenv("PJRT_PLUGIN_LIBRARY_PATH") == "" && os.Getenv("GRADUS_XLA_PLUGIN") == "" {
		dir, err := assets.Path(context.Background(), "xla-cpu", assets.Options{})
		ts.Check(err)
		ts.Setenv("PJRT_PLUGIN_LIBRARY_PATH", dir)
	}
	ts.Check(encodertest.Tiny().Write(ts.MkAbs(args[0])))
}
