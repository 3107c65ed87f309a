package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// dataset is which files of a hub repository hold what.
type dataset struct {
	corpus, queries []string
	qrels           map[string][]string
}

// datasetFiles finds them by the README.md's configs, or else by their names.
func datasetFiles(dir, config string) (dataset, error) {
	found := dataset{qrels: map[string][]string{}}
	readme := filepath.Join(dir, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	configs, err := readConfigs(text)
	if err != nil {
		return found, fmt.Errorf("%s: %w", readme, err)
	}
	prefix := ""
	if config != "" && config != "default" {
		prefix = config + "-"
	}
	for _, c := range configs {
		name, ours := strings.CutPrefix(c.Name, prefix)
		if !ours {
			continue
		}
		for _, part := range c.Files {
			paths, err := part.find(dir)
			if err != nil {
				return found, fmt.Errorf("%s: config %q: %w", readme, c.Name, err)
			}
			switch {
			case name == "corpus":
				found.corpus = append(found.corpus, paths...)
			case name == "queries" || name == "query":
				found.queries = append(found.queries, paths...)
			case name == "qrels" || name == "default" && prefix == "":
				found.qrels[part.Split] = append(found.qrels[part.Split], paths...)
			}
		}
	}
	if prefix != "" && len(found.corpus)+len(found.queries)+len(found.qrels) == 0 {
		return found, fmt.Errorf("%s: want configs %scorpus, %squeries, %sqrels, found none of them", readme, prefix, prefix, prefix)
	}
	return found, found.complete(dir)
}

// complete looks for what the configs do not name under the usual names.
func (d *dataset) complete(dir string) error {
	for _, part := range []struct {
		of   *[]string
		name string
	}{{&d.corpus, "corpus"}, {&d.queries, "queries"}} {
		if len(*part.of) > 0 {
			continue
		}
		paths, err := oneOf(dir, part.name+".jsonl", part.name+".parquet", part.name+"/*.parquet", part.name+"/*.jsonl", part.name+"-*.parquet")
		if err != nil {
			return err
		}
		*part.of = paths
	}
	if len(d.qrels) > 0 {
		return nil
	}
	paths, err := oneOf(dir, "qrels/*.tsv", "qrels/*.jsonl", "qrels/*.parquet", "data/*.parquet", "*.tsv")
	for _, path := range paths {
		split, _, _ := strings.Cut(filepath.Base(path), ".")
		split, _, _ = strings.Cut(split, "-") // of test-00000-of-00001.parquet
		d.qrels[split] = append(d.qrels[split], path)
	}
	return err
}

// oneOf are the files of the first pattern that has any, packed or not.
func oneOf(dir string, patterns ...string) ([]string, error) {
	for _, pattern := range patterns {
		for _, ending := range textfile.Endings {
			paths, err := filepath.Glob(filepath.Join(literal(dir), pattern+ending))
			if err != nil || len(paths) > 0 {
				return paths, err
			}
		}
	}
	return nil, nil
}

// config is what a data card says of one of its tables.
type config struct {
	Name  string    `yaml:"config_name"`
	Files dataFiles `yaml:"data_files"`
}

// dataFiles is a pattern, or patterns, or both by split.
type dataFiles []splitFiles

type splitFiles struct {
	Split string   `yaml:"split"`
	Path  patterns `yaml:"path"`
}

// patterns is one or a list of them.
type patterns []string

func (p *patterns) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*p = patterns{node.Value}
		return nil
	}
	return node.Decode((*[]string)(p))
}

func (d *dataFiles) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode && len(node.Content) > 0 && node.Content[0].Kind == yaml.MappingNode {
		return node.Decode((*[]splitFiles)(d))
	}
	all := splitFiles{Split: "train"} // the hub's name for what has none
	err := node.Decode(&all.Path)
	*d = dataFiles{all}
	return err
}

// readConfigs reads the YAML that a README.md begins with between two lines ---; none where it begins otherwise.
func readConfigs(readme []byte) ([]config, error) {
	readme = bytes.ReplaceAll(bytes.TrimPrefix(readme, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(readme, []byte("---\n"))
	if !ok {
		return nil, nil
	}
	front, _, ok := bytes.Cut(rest, []byte("\n---"))
	if !ok {
		return nil, errors.New("want a line --- after the YAML that begins with one, found none")
	}
	var card struct {
		Configs []config `yaml:"configs"`
	}
	if err := yaml.Unmarshal(front, &card); err != nil {
		return nil, err
	}
	return card.Configs, nil
}

// find lists the files, sorted; a pattern that matches none is an error.
func (s splitFiles) find(dir string) ([]string, error) {
	var all []string
	for _, pattern := range s.Path {
		if !filepath.IsLocal(pattern) {
			return nil, fmt.Errorf("want a path inside the data set, got %q", pattern)
		}
		paths, err := filepath.Glob(filepath.Join(literal(dir), pattern))
		if err == nil && len(paths) == 0 {
			err = errors.New("found no such file")
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", pattern, err)
		}
		all = append(all, paths...)
	}
	slices.Sort(all)
	return all, nil
}

// literal keeps a folder's name from being a pattern.
var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace
