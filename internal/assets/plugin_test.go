package assets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pinnedPlugin is an asset as xla-cpu is, under its file's name.
func pinnedPlugin() Asset {
	asset := hubAsset("pjrt_c_api_cpu_plugin.so", "pinned")
	asset.Replaceable = true
	return asset
}

// TestOwnPlugin: what the backend would load in place of the pinned plugin is what setup need not fetch.
func TestOwnPlugin(t *testing.T) {
	const cpu, versioned, cuda = "pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_v0.83.1_plugin.so", "pjrt_c_api_cuda_plugin.so"
	for _, c := range []struct {
		name  string
		files []string // in the folders a, [b] and c; a name ending in a slash is a folder
		file  string   // GRADUS_XLA_PLUGIN
		want  string
	}{
		{"none", []string{"a/libpjrt_cpu.so", "c/" + cpu}, "", ""},
		{"the pinned name", []string{"a/" + cpu}, "", "a/" + cpu},
		{"another version", []string{"[b]/" + versioned}, "", "[b]/" + versioned},
		{"CUDA alone", []string{"a/" + cuda}, "", "a/" + cuda},
		{"CUDA first", []string{"a/" + cpu, "[b]/" + cuda}, "", "[b]/" + cuda},
		{"no file", []string{"a/" + cpu + "/", "[b]/" + cpu}, "", "[b]/" + cpu},
		{"a file of any name", []string{"a/" + cpu, "c/mine.so"}, "c/mine.so", "c/mine.so"},
	} {
		t.Run(c.name, func(t *testing.T) {
			newMachine(t, pinnedPlugin())
			dir := t.TempDir()
			t.Chdir(dir) // an empty folder in the list is not this one
			for _, file := range append(c.files, "pjrt_c_api_cuda_plugin.so") {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				write := func() error { return os.WriteFile(path, []byte("the user's"), 0o666) }
				if strings.HasSuffix(file, "/") {
					write = func() error { return os.Mkdir(path, 0o777) }
				}
				if err := write(); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv(pluginPathsVariable, strings.Join([]string{"", filepath.Join(dir, "a"), filepath.Join(dir, "[b]")}, string(os.PathListSeparator)))
			if c.file != "" {
				t.Setenv(pluginVariable, filepath.Join(dir, c.file))
			}
			got, err := OwnPlugin()
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if got != "" {
					t.Errorf("want none, got %s", got)
				}
				wantError(t, "small", "not reachable") // so it is to be fetched
				return
			}
			if got != filepath.Join(dir, c.want) {
				t.Errorf("want %s, got %s", c.want, got)
			}
			if got := want(t, "small", nil); got != filepath.Dir(filepath.Join(dir, c.want)) {
				t.Errorf("want setup to take %s, got %s", c.want, got)
			}
			if state, err := Status("small"); err != nil || !state.Own || state.Download != 0 {
				t.Errorf("want it the user's own and nothing to fetch, got %+v, %v", state, err)
			}
		})
	}
}

func TestOwnPluginThatIsNotThere(t *testing.T) {
	newMachine(t, pinnedPlugin())
	t.Setenv(pluginVariable, filepath.Join(t.TempDir(), "mine.so"))
	wantError(t, "small", "GRADUS_XLA_PLUGIN: want a PJRT plugin file: stat")
}

func TestOtherPlatform(t *testing.T) {
	asset := pinnedPlugin()
	asset.Platform = "plan9/mips"
	newMachine(t, asset)
	wantError(t, "small", "want a machine of plan9/mips, got "+platform, "set PJRT_PLUGIN_LIBRARY_PATH to a folder with pjrt_c_api_cpu_plugin.so")
}
