package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/hub"
	"github.com/gradus-ir/gradus/internal/xla"
	"github.com/gradus-ir/gradus/llm"
)

type doctorOptions struct {
	json   bool
	verify bool
	config configFacts
}

func newDoctorCommand(std streams) *cobra.Command {
	var opts doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is here and what would be fetched",
		Long: `Say what is here: versions, processor and memory, the XLA plugin and the
devices, each asset and what fetching it would take, caches, LLM settings, the
file of settings. What is not as it should be stands at the end, each with what
to do about it.

Looks only at this machine: it opens no socket and changes nothing. With
--verify it also hashes every file of the assets that are here, and fails if
one is not what is pinned.`,
		Example: `  gradus doctor
  gradus doctor --json | jq .assets`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.config = lookAtConfig(configFile(cmd.Flag("config").Value.String()), cmd.Root())
			return runDoctor(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	flags.BoolVar(&opts.verify, "verify", false, "hash the assets' files")
	return cmd
}

// diagnosis is what doctor prints; it holds no secret.
type diagnosis struct {
	Machine  machineFacts `json:"machine"`
	Backend  backendFacts `json:"backend"`
	Assets   []assetFacts `json:"assets"`
	Cache    folderFacts  `json:"cache"`
	HubCache folderFacts  `json:"hub_cache"`
	LLM      llmFacts     `json:"llm"`
	Config   configFacts  `json:"config"`
	Findings []finding    `json:"findings"`
}

type backendFacts struct {
	Plugin  string   `json:"plugin"` // file; empty: none here yet
	Device  string   `json:"device"` // what it computes on
	Problem string   `json:"problem,omitempty"`
	Devices []string `json:"accelerators"` // device files of GPUs and TPUs
}

type assetFacts struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Licence  string `json:"licence"`
	State    string `json:"state"` // present, yours, missing, damaged, other platform
	Path     string `json:"path"`
	Download int64  `json:"download_bytes"`
	Detail   string `json:"detail,omitempty"`
	Demo     bool   `json:"needed_by_demo"`
	Kind     string `json:"kind"`

	sources []string // kinds of places it can be fetched from
}

type folderFacts struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
	Free   int64  `json:"free_bytes,omitempty"`
	Models int    `json:"models,omitempty"`
}

type llmFacts struct {
	Server  string   `json:"server,omitempty"` // OPENAI_BASE_URL without its user
	KeysSet []string `json:"api_keys_set"`     // names of variables, never their values
}

func runDoctor(ctx context.Context, opts doctorOptions, std streams) error {
	d, err := diagnose()
	if err != nil {
		return err
	}
	d.Config = opts.config
	if opts.verify {
		err = verifyAssets(ctx, d.Assets)
	}
	d.Findings = d.find()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if opts.json {
		return errors.Join(writeJSON(std.out, d), err)
	}
	return errors.Join(d.print(std.out), err)
}

func diagnose() (diagnosis, error) {
	d := diagnosis{Machine: lookAtMachine(), Backend: lookAtBackend(), LLM: lookAtLLM()}
	for _, asset := range assets.List() {
		state, err := assets.Status(asset.Name)
		if err != nil {
			return d, err
		}
		d.Assets = append(d.Assets, assetState(state))
	}
	root, err := assets.Root()
	if err != nil {
		return d, err
	}
	cache, err := hub.Cache()
	if err != nil {
		return d, err
	}
	d.Cache, d.HubCache = lookAtFolder(root), lookAtFolder(cache)
	models, _ := filepath.Glob(filepath.Join(cache, "models--*"))
	d.HubCache.Models = len(models)
	return d, nil
}

func assetState(s assets.State) assetFacts {
	facts := assetFacts{Name: s.Asset.Name, Version: s.Asset.Version, Licence: s.Asset.Licence, Demo: s.Asset.Default,
		Kind: s.Asset.Kind, State: "missing", Path: s.Path, Download: s.Download, Detail: s.Damage}
	for _, source := range s.Asset.Sources {
		facts.sources = append(facts.sources, source.Kind)
	}
	switch {
	case s.Own:
		facts.State = "yours"
	case s.Present:
		facts.State = "present"
	case !s.Runs:
		facts.State, facts.Download, facts.Detail = "other platform", 0, "for "+s.Asset.Platform
	case s.Damage != "":
		facts.State = "damaged"
	}
	return facts
}

// verifyAssets marks what it finds and returns it as one error.
func verifyAssets(ctx context.Context, facts []assetFacts) error {
	var failures []error
	for i := range facts {
		if facts[i].State != "present" {
			continue
		}
		if err := assets.Verify(ctx, facts[i].Name); err != nil {
			facts[i].State, facts[i].Detail = "damaged", err.Error()
			failures = append(failures, err)
		} else {
			facts[i].Detail = "verified"
		}
	}
	return errors.Join(failures...)
}

const noPlugin = "no XLA plugin here yet; gradus setup fetches one"

// lookAtBackend names the plugin that encoding would load, without loading it.
func lookAtBackend() backendFacts {
	var facts backendFacts
	for _, pattern := range []string{"/dev/nvidia[0-9]*", "/dev/accel*", "/dev/vfio/[0-9]*"} {
		found, _ := filepath.Glob(pattern)
		facts.Devices = append(facts.Devices, found...)
	}
	plugin, err := xla.FindPlugin()
	if err != nil {
		facts.Problem = err.Error()
		return facts
	}
	if plugin == "" {
		if state, err := assets.Status("xla-cpu"); err == nil && state.Present {
			plugin = filepath.Join(state.Path, state.Asset.Files[0].Path)
		}
	}
	if plugin == "" {
		facts.Problem = noPlugin
		return facts
	}
	facts.Plugin, facts.Device = plugin, xla.Device(plugin)
	return facts
}

func lookAtFolder(path string) folderFacts {
	info, err := os.Stat(path)
	facts := folderFacts{Path: path, Exists: err == nil && info.IsDir()}
	for dir := path; ; dir = filepath.Dir(dir) { // a folder yet to be made will be on its parent's disk
		if free, ok := assets.FreeBytes(dir); ok || dir == filepath.Dir(dir) {
			facts.Free = free
			return facts
		}
	}
}

func lookAtLLM() llmFacts {
	facts := llmFacts{KeysSet: []string{}}
	if server, err := url.Parse(os.Getenv("OPENAI_BASE_URL")); err == nil {
		server.User, server.RawQuery = nil, ""
		facts.Server = server.String()
	}
	for _, name := range llm.KeyVariables {
		if os.Getenv(name) != "" {
			facts.KeysSet = append(facts.KeysSet, name)
		}
	}
	return facts
}
