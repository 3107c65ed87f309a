package assets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// Dataset returns the folder of a data set of the hub: ref itself where it is
// a folder, and otherwise, for an id "owner/name" or "owner/name@revision", its
// snapshot in the hub cache, downloaded there on first use. What is downloaded
// are its tables (parquet, JSON lines, TSV) and the README.md that describes them.
func Dataset(ctx context.Context, ref string, opts Options) (string, error) {
	if info, err := os.Stat(ref); err == nil {
		if !info.IsDir() {
			return "", fmt.Errorf("%s: want the folder of a data set, got a file", ref)
		}
		return ref, nil
	}
	if !IsHubID(ref) {
		return "", fmt.Errorf("%s: want the folder of a data set, or a hub id like owner/name; there is no such folder", ref)
	}
	parts := hubIDPattern.FindStringSubmatch(ref)
	repo, err := newHubRepo(datasetKind, parts[1], parts[2])
	if err != nil {
		return "", err
	}
	return repo.snapshot(ctx, opts)
}

var datasetKind = hubKind{
	name: "data set", folder: "datasets", path: "datasets/", wanted: wantedTable, lack: datasetLack,
	whole: func(string) bool { return false }, // another client may have taken one table of several
}

func wantedTable(name string) bool {
	if name == "README.md" {
		return true
	}
	ending := path.Ext(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst"))
	return slices.Contains([]string{".parquet", ".jsonl", ".tsv"}, ending)
}

func datasetLack(has func(pattern string) bool) error {
	for _, ending := range []string{"parquet", "jsonl", "tsv"} {
		for _, depth := range []string{"", "*/", "*/*/"} {
			if has(depth+"*."+ending) || has(depth+"*."+ending+".gz") || has(depth+"*."+ending+".zst") {
				return nil
			}
		}
	}
	return errors.New("want tables of parquet, jsonl or tsv, got none")
}
