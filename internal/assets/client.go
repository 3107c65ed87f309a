package assets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// client is the ordinary program that brings packages of one kind. It runs as
// the user set it up: proxies, mirrors and certificates are its own business.
type client struct {
	ending   string     // of the archives it leaves
	programs [][]string // the first one that is installed is used
	args     func(p Package, dir, temp string) []string
	absent   string // what to say where none is
}

var clients = map[string]client{
	"wheel": {
		ending:   ".whl",
		programs: [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}},
		args: func(p Package, dir, temp string) []string {
			args := []string{"download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir",
				"--no-deps", "--only-binary=:all:", "-d", dir, p.Name + "==" + p.Version}
			if p.Python != "" { // else pip looks for a wheel of its own Python
				args = append(args, "--python-version", p.Python, "--implementation", "cp", "--platform", "manylinux2014_x86_64")
			}
			return args
		},
		absent: "pip is not installed; install Python 3 with pip",
	},
	"npm": {
		ending:   ".tgz",
		programs: [][]string{{"npm"}},
		args: func(p Package, dir, temp string) []string {
			return []string{"pack", "--silent", "--ignore-scripts", "--cache", temp, p.Name + "@" + p.Version}
		},
		absent: "npm is not installed; install Node.js with npm",
	},
}

// run starts the first program that is installed. temp holds what it writes
// meanwhile: on the cache's disk, where there is room, and watched for progress.
func (c client) run(ctx context.Context, p Package, dir, temp string) error {
	for _, program := range c.programs {
		path, err := exec.LookPath(program[0])
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, append(program[1:len(program):len(program)], c.args(p, dir, temp)...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+temp, "PIP_REQUIRE_VIRTUALENV=0")
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 5 * time.Second
		output, err := cmd.CombinedOutput()
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		text := string(output)
		switch {
		case strings.Contains(text, "No module named pip"):
			continue // a Python without its pip
		case strings.Contains(text, "No space left on device") || strings.Contains(text, "ENOSPC"):
			return fmt.Errorf("%s: %w", program[0], syscall.ENOSPC)
		}
		return fmt.Errorf("%s: %w: %s", strings.Join(program, " "), err, gist(text))
	}
	return errors.New(c.absent)
}

// gist is what a client says went wrong, on one line.
func gist(output string) string {
	var lines []string
	last := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		last = line
		for _, mark := range []string{"ERROR:", "npm error", "npm ERR!"} {
			if rest, ok := strings.CutPrefix(line, mark); ok && len(lines) < 4 {
				lines = append(lines, strings.TrimSpace(rest))
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{last}
	}
	return strings.Join(lines, "; ")
}
