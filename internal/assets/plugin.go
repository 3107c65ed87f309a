package assets

import (
	"fmt"
	"os"
	"path/filepath"
)

// Environment variables that name the user's own XLA plugin.
const (
	pluginVariable      = "GRADUS_XLA_PLUGIN"        // a file
	pluginPathsVariable = "PJRT_PLUGIN_LIBRARY_PATH" // a list of folders
)

// OwnPlugin returns the XLA plugin that the user put on the machine, which
// takes the place of the pinned one: GRADUS_XLA_PLUGIN's file, else the first in
// PJRT_PLUGIN_LIBRARY_PATH under PJRT's name for one, CUDA before CPU; else "".
func OwnPlugin() (string, error) {
	if file := os.Getenv(pluginVariable); file != "" {
		if _, err := os.Stat(file); err != nil {
			return "", fmt.Errorf("%s: want a PJRT plugin file: %w", pluginVariable, err)
		}
		return filepath.Abs(file)
	}
	dirs := filepath.SplitList(os.Getenv(pluginPathsVariable))
	for _, kind := range []string{"cuda", "cpu"} {
		for _, dir := range dirs {
			if dir == "" {
				continue // not the working folder
			}
			files, _ := filepath.Glob(filepath.Join(globEscape(dir), "pjrt_c_api_"+kind+"*_plugin.so"))
			for _, file := range files {
				if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
					return filepath.Abs(file)
				}
			}
		}
	}
	return "", nil
}

// own returns the folder of the user's own plugin where it takes the asset's place, else "".
func (a Asset) own() (string, error) {
	if !a.Replaceable {
		return "", nil
	}
	file, err := OwnPlugin()
	if file == "" || err != nil {
		return "", err
	}
	return filepath.Dir(file), nil
}
