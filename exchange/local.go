package exchange

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/textfile"
)

// Local opens a copy of the collection in a folder, whichever layout it has:
// BEIR's, the hub's, or the files of MS MARCO and TREC under the names that
// they are published by, compressed or not.
func (k Known) Local(dir string) (Source, error) {
	if _, err := collection.Open(dir); err == nil {
		source, err := BEIR(dir)
		if err == nil && len(source.Splits()) > 0 {
			return source, nil
		}
	}
	if len(k.Files.Documents) > 0 {
		files, err := k.Files.in(dir)
		if err == nil {
			return MSMARCO(files), nil
		}
		if _, missing := os.Stat(filepath.Join(dir, "README.md")); missing != nil {
			return nil, fmt.Errorf("%s: want a copy of %s: %w", dir, k.Name, err)
		}
	}
	source, err := Hub("", dir)
	if err != nil {
		return nil, fmt.Errorf("want a copy of %s: %w", k.Name, err)
	}
	return source, nil
}

// in are the files as they lie in a folder.
func (f Files) in(dir string) (Files, error) {
	var found Files
	find := func(name string) (string, error) {
		for _, ending := range textfile.Endings {
			path := filepath.Join(dir, name+ending)
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
		return "", fmt.Errorf("want %s in it, found none", name)
	}
	for _, name := range f.Documents {
		path, err := find(name)
		if err != nil {
			return found, err
		}
		found.Documents = append(found.Documents, path)
	}
	for _, name := range f.Queries {
		path, err := find(name)
		if err != nil {
			return found, err
		}
		found.Queries = append(found.Queries, path)
	}
	found.Qrels = map[string]string{}
	for split, name := range f.Qrels {
		path, err := find(name)
		if err != nil {
			return found, err
		}
		found.Qrels[split] = path
	}
	return found, nil
}
