package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

const (
	singleName = "model.safetensors"
	indexName  = "model.safetensors.index.json"
)

// OpenFolder opens the weights of a Hugging Face folder: model.safetensors, else
// the shards that model.safetensors.index.json lists. It wraps fs.ErrNotExist if there is neither.
func OpenFolder(dir string) (*File, error) {
	f, err := Open(filepath.Join(dir, singleName))
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	path := filepath.Join(dir, indexName)
	text, err := readIndex(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: want %s or %s, got neither: %w", dir, singleName, indexName, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return openShards(path, index.WeightMap)
}

// readIndex reads an index whole, which is no larger than a header may be.
func readIndex(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > maxHeader {
		err = fmt.Errorf("%s: want an index of at most %d bytes, got %d", path, maxHeader, info.Size())
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxHeader))
}

// openShards opens the files of a weight_map, from tensor to file name, as one.
func openShards(index string, weightMap map[string]string) (_ *File, err error) {
	if len(weightMap) == 0 {
		return nil, fmt.Errorf("%s: want a weight_map from tensors to files, got none", index)
	}
	all := &File{path: index, byName: make(map[string]int)}
	defer func() {
		if err != nil {
			err = errors.Join(err, all.Close())
		}
	}()
	found := 0
	for _, name := range slices.Compact(slices.Sorted(maps.Values(weightMap))) {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%s: want names of files beside it, got %q", index, name)
		}
		shard, err := Open(filepath.Join(filepath.Dir(index), name))
		if err != nil {
			return nil, err
		}
		all.files = append(all.files, shard.files...)
		for _, e := range shard.entries {
			if weightMap[e.Name] == name {
				all.add(e)
				found++
			}
		}
		if all.metadata == nil {
			all.metadata = shard.metadata
		}
	}
	if found < len(weightMap) {
		for _, tensor := range slices.Sorted(maps.Keys(weightMap)) {
			if _, ok := all.byName[tensor]; !ok {
				return nil, fmt.Errorf("%s: tensor %q: want it in %s, got none", index, tensor, weightMap[tensor])
			}
		}
	}
	return all, nil
}
