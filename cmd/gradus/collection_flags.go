package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/assets"
)

// The flags that name a collection, in every verb alike: its folder, or one of the hub.
var (
	collectionFlags = []string{"collection", "dev", "style-from"}
	sourceFlags     = []string{"source", "check"} // a collection, or a SPEC with dir=
)

// fetchCollections lets every verb below root take a known collection or a hub
// id where its flags want a collection's folder.
func fetchCollections(root *cobra.Command, std streams) {
	for _, verb := range root.Commands() {
		if run := verb.RunE; run != nil {
			verb.RunE = func(cmd *cobra.Command, args []string) error {
				if err := fetchFlags(cmd.Context(), cmd.Flags(), std); err != nil {
					return err
				}
				return run(cmd, args)
			}
		}
		fetchCollections(verb, std)
	}
}

func fetchFlags(ctx context.Context, flags *pflag.FlagSet, std streams) error {
	line := newProgress(std.err, "fetch")
	defer line.close()
	opts := assets.Options{Progress: func(asset string, done, total int64) { line.set(done, total, asset) }}
	if offline := flags.Lookup("offline"); offline != nil {
		opts.Offline = offline.Value.String() == "true"
	}
	folder := func(ref string) (string, error) { return exchange.Fetch(ctx, ref, opts) }
	inSpec := func(spec string) (string, error) {
		fields := strings.Split(spec, ",")
		for i, field := range fields {
			if ref, ok := strings.CutPrefix(field, "dir="); ok {
				dir, err := folder(ref)
				if err != nil {
					return "", err
				}
				fields[i] = "dir=" + dir
			}
		}
		if len(fields) == 1 && !strings.Contains(spec, "=") {
			return folder(spec)
		}
		return strings.Join(fields, ","), nil
	}
	for name, replace := range replacers(folder, inSpec) {
		if err := replaceFlag(flags.Lookup(name), replace); err != nil {
			return err
		}
	}
	return nil
}

func replacers(folder, inSpec func(string) (string, error)) map[string]func(string) (string, error) {
	all := map[string]func(string) (string, error){}
	for _, name := range collectionFlags {
		all[name] = folder
	}
	for _, name := range sourceFlags {
		all[name] = inSpec
	}
	return all
}

// replaceFlag puts what is made of a flag's value, or of each of its values, in its place.
func replaceFlag(flag *pflag.Flag, replace func(string) (string, error)) error {
	if flag == nil || flag.Value.String() == flag.DefValue {
		return nil
	}
	list, many := flag.Value.(pflag.SliceValue)
	if !many {
		value, err := replace(flag.Value.String())
		if err != nil {
			return err
		}
		return flag.Value.Set(value)
	}
	values := slices.Clone(list.GetSlice())
	for i, value := range values {
		made, err := replace(value)
		if err != nil {
			return err
		}
		values[i] = made
	}
	return list.Replace(values)
}
