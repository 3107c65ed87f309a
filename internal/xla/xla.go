// Package xla chooses and opens the XLA backend that encoding and training run on.
//
// There is one backend a process: a PJRT plugin cannot be loaded twice. The
// choice is, in order: GRADUS_XLA_PLUGIN (a plugin file), a plugin found in
// PJRT_PLUGIN_LIBRARY_PATH (CUDA before CPU), and the pinned CPU plugin that
// internal/assets fetches and verifies. go-xla's own installer, which checks
// no hash, stays off.
package xla

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	gomlxxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gradus-ir/gradus/internal/assets"
)

var opened struct {
	sync.Mutex
	backend *gomlxxla.Backend
	plugin  string
}

// Open returns the process's backend, fetching the CPU plugin on first use
// where no other is found. It is safe for concurrent use; all callers share
// one backend, which lives as long as the process.
func Open(ctx context.Context, opts assets.Options) (compute.Backend, error) {
	opened.Lock()
	defer opened.Unlock()
	if opened.backend != nil {
		return opened.backend, nil
	}
	plugin, err := FindPlugin()
	if err != nil {
		return nil, err
	}
	if plugin == "" {
		dir, err := assets.Path(ctx, "xla-cpu", opts)
		if err != nil {
			return nil, err
		}
		plugin = filepath.Join(dir, "pjrt_c_api_cpu_plugin.so")
	}
	gomlxxla.EnableAutoInstall(false)
	backend, err := gomlxxla.NewWithOptions(plugin, nil)
	if err != nil {
		return nil, fmt.Errorf("opening the XLA plugin %s: %w", plugin, err)
	}
	opened.backend, opened.plugin = backend, plugin
	return backend, nil
}

// Plugin is the file the backend was opened from, empty before Open.
func Plugin() string {
	opened.Lock()
	defer opened.Unlock()
	return opened.plugin
}

// FindPlugin returns the plugin file that is already on the machine by the
// user's word, or "" where the pinned CPU plugin is to be used. Fetching asks
// the same function, so that nothing is fetched beside the user's plugin.
func FindPlugin() (string, error) { return assets.OwnPlugin() }

// Device says what a plugin file computes on, by its name: "cuda" or "cpu".
func Device(plugin string) string {
	if strings.Contains(filepath.Base(plugin), "cuda") {
		return "cuda"
	}
	return "cpu"
}
